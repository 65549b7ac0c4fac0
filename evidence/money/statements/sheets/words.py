"""The words by which banks of many countries head their columns and name balances and directions."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


# Written without accents, in lower case, words apart by one space, as `fold` gives them.
_HEADS: Final[Mapping[str, str]] = {
    "booked": (
        "date|posting date|posted date|booking date|transaction date|trans date|date posted|entry date|"
        "posted|created|completed date|completion time|started date|date completed|datum|buchungstag|"
        "buchungsdatum|buchung|boekdatum|boekingsdatum|datum provedeni|datum zauctovani|fecha|"
        "fecha operacion|fecha contable|f operacion|data|data operazione|data contabile|data operacji|"
        "data ksiegowania|data transakcji|data movimento|data lancamento|data mov|date operation|"
        "date de l operation|date comptable|bogforingsdato|bokforingsdag|bokforingsdatum|"
        "transaktionsdatum|dato|kirjauspaiva|tarih|islem tarihi|konyveles datuma|konyvelesi datum|"
        "data tranzactiei|дата|дата операции|дата проводки|дата операцii|التاريخ|تاريخ|تاريخ العملية|"
        "تاریخ|তারিখ|日期|交易日期|交易时间|记账日期"
    ),
    "value_date": (
        "value date|val date|valuta|valutadatum|wertstellung|rentedatum|valeur|date valeur|date de valeur|"
        "fecha valor|f valor|data valuta|data waluty|data valor|valor|rantedatum|valuteringsdatum|"
        "rentedato|valor tarihi|arvopaiva|execution date|erteknap|data valutei|дата валютирования|"
        "تاريخ الاستحقاق|تاريخ القيمة|起息日"
    ),
    "amount": (
        "amount|transaction amount|net amount|betrag|umsatz|bedrag|montant|importe|importo|valor operacao|"
        "quantia|kwota|kwota operacji|kwota transakcji|castka|zauctovana castka|belob|belopp|belop|summa|"
        "maara|tutar|islem tutari|osszeg|suma|montante|сумма|сума|المبلغ|مبلغ|পরিমাণ|金额|交易金额|交易額"
    ),
    "credit": (
        "credit|credit amount|cr|money in|paid in|deposit|deposits|credits|amount in|in|haben|gutschrift|"
        "bij|credito|avoir|abono|abonos|haber|ingreso|ingresos|entrate|accrediti|avere|entradas|uznania|"
        "wplywy|wplyw|pripsano|insattning|insattningar|inn|indbetalt|ind|alacak|jovairas|приход|"
        "зачисление|кредит|поступление|دائن|إيداع|واریز|بستانکار|জমা|收入|贷方|存入|贷方金额|收入金额"
    ),
    "debit": (
        "debit|debit amount|dr|money out|paid out|withdrawal|withdrawals|withdrawn|debits|amount out|out|"
        "soll|lastschrift|belastung|debet|af|debito|cargo|cargos|debe|gasto|gastos|uscite|addebiti|dare|"
        "saidas|obciazenia|wydatki|wyplyw|odepsano|uttag|ut|udbetalt|ud|borc|terheles|расход|списание|"
        "дебет|مدين|سحب|برداشت|بدهکار|উত্তোলন|支出|借方|取出|借方金额|支出金额"
    ),
    "direction": (
        "credit debit|debit credit|dr cr|cr dr|d c|c d|cd|dc|type d c|credit debit indicator|cdtdbtind|"
        "soll haben|s h|af bij|sign|signe|sens|sentido|segno|dc indicator|transaction type dr cr|inn ut|"
        "debit credit indicator|debet credit|收支|借贷|借贷标志|收/支|收 支"
    ),
    "currency": (
        "currency|ccy|curr|currency code|wahrung|waehrung|whrg|munt|muntsoort|valuta code|devise|moneda|"
        "divisa|moeda|waluta|mena|mena uctu|valuutta|valyuta|para birimi|doviz|deviza|penznem|валюта|"
        "العملة|عملة|ارز|মুদ্রা|币种|货币|account currency"
    ),
    "balance": (
        "balance|running balance|account balance|balance after|balance after transaction|saldo|"
        "saldo na trn|saldo na mutatie|saldo nach buchung|kontostand|solde|saldo disponible|"
        "saldo contabile|saldo po operacji|saldo rachunku|zustatek|bakiye|egyenleg|sold|remaining balance|"
        "saldo dopo|остаток|баланс|الرصيد|رصيد|مانده|موجودی|স্থিতি|余额|账户余额|联机余额"
    ),
    "counterparty": (
        "counterparty|counterparty name|counteraccount name|payee|payer|beneficiary|beneficiary name|"
        "merchant|name|other party|other party info|payee name|recipient|sender|merchant name|empfanger|"
        "zahlungsempfanger|auftraggeber|auftraggeber empfanger|name zahlungsbeteiligter|"
        "beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|auftraggeber beguenstigter|"
        "naam|naam tegenpartij|tegenpartij|naam omschrijving|beneficiaire|tiers|contrepartie|nom|"
        "beneficiario|ordenante|nome|controparte|ordinante beneficiario|nadawca odbiorca|odbiorca|nadawca|"
        "kontrahent|nazwa nadawcy odbiorcy|nazev protiuctu|protistrana|mottagare|modtager|saaja maksaja|"
        "saaja|karsi taraf|alici|partner neve|partner|контрагент|получатель|плательщик|المستفيد|"
        "الطرف الآخر|اسم المستفيد|گیرنده|对方户名|对方名称|交易对方|对手户名|对方姓名"
    ),
    "counterparty_account": (
        "counterparty account|counterparty iban|beneficiary account|account of counterparty|other account|"
        "from to account|payee account|kontonummer bankleitzahl|iban zahlungsbeteiligter|empfangerkonto|"
        "gegenkonto|kontonummer iban|tegenrekening|tegenrekening iban bban|rekeningnummer tegenpartij|"
        "compte contrepartie|iban contrepartie|cuenta destino|cuenta beneficiario|iban ordinante|"
        "conto controparte|numer rachunku nadawcy odbiorcy|rachunek kontrahenta|numer konta kontrahenta|"
        "cislo protiuctu|protiucet|karsi hesap|partner szamlaszama|счет контрагента|счет получателя|"
        "رقم حساب المستفيد|对方账号|对方账户|对方卡号|交易对方账号"
    ),
    "purpose": (
        "description|details|narrative|particulars|memo|message|note|notes|transaction details|"
        "transaction description|transaction|payment details|remarks|bank account details|"
        "message for payee|message for me|client note|verwendungszweck|buchungstext|"
        "vorgang verwendungszweck|beschreibung|omschrijving|omschrijving 1|omschrijving 2|omschrijving 3|"
        "mededelingen|vrije mededeling|libelle|communication|description de l operation|concepto|"
        "descripcion|observaciones|descrizione|causale|descricao|historico|opis|opis operacji|tytul|"
        "tytul operacji|popis|zprava|poznamka|zprava pro prijemce|text|tekst|selite|viesti|aciklama|"
        "kozlemeny|detalii|explicatii|назначение платежа|назначение|описание|البيان|الوصف|التفاصيل|شرح|"
        "বিবরণ|摘要|备注|交易说明|用途|附言|type|transaction type|transaktionstyp|typ transakce|info"
    ),
    "reference": (
        "reference|transaction id|transaction reference|transaction reference number|ref|reference number|"
        "receipt no|payment reference|id|id transakce|end to end id|entry reference|kundenreferenz|"
        "kundenreferenz end to end|mandatsreferenz|referenz|transactiereferentie|volgnr|afschriftnummer|"
        "betalingskenmerk|machtigingskenmerk|gestructureerde mededeling|reference operation|referencia|"
        "riferimento|numer referencyjny|variable symbol 1|vs|ks|ss|referans|azonosito|referinta|номер|"
        "номер документа|رقم المرجع|المرجع|شماره پیگیری|流水号|交易流水号|凭证号|check number|"
        "cheque number|cheque no"
    ),
    "account": (
        "account|account number|account no|iban|own account|auftragskonto|konto|kontonummer auftragskonto|"
        "iban auftragskonto|rekening|rekeningnummer|iban bban|compte|numero de compte|cuenta|conto|"
        "rapporto|conta|rachunek|numer rachunku|cislo uctu|konto nr|tili|hesap|hesap no|szamlaszam|cont|"
        "счет|номер счета|رقم الحساب|شماره حساب|হিসাব নম্বর|账号|账户|卡号|本方账号"
    ),
    "holder": (
        "account name|account holder|kontoinhaber|titulaire|titular|intestatario|posiadacz|nazev uctu|"
        "户名|本方户名|اسم الحساب"
    ),
    "status": ("status|state|transaction status|stato|statut|estado|stan|status transakcji|durum|状态|交易状态|الحالة"),
}
_EXACT: Final = {word: role for role, words in _HEADS.items() for word in words.split("|")}
_SUFFIX: Final = re.compile(r"\b(?:in )?(?P<code>[a-z]{3})\Z")
_MONEY: Final = frozenset({"amount", "credit", "debit", "balance"})

OPENING: Final = _set(
    "opening balance|balance brought forward|brought forward|balance b f|b f|start balance|"
    "beginning balance|previous balance|anfangssaldo|alter kontostand|alter saldo|beginsaldo|"
    "vorig saldo|solde initial|ancien solde|solde precedent|saldo inicial|saldo anterior|"
    "saldo iniziale|saldo poczatkowe|pocatecni zustatek|ingaende saldo|acilis bakiyesi|"
    "devreden bakiye|nyito egyenleg|sold initial|входящий остаток|начальный остаток|الرصيد الافتتاحي|"
    "رصيد افتتاحي|مانده اول دوره|مانده قبلی|প্রারম্ভিক স্থিতি|期初余额|上期余额"
)
CLOSING: Final = _set(
    "closing balance|balance carried forward|carried forward|balance c f|c f|end balance|"
    "ending balance|new balance|final balance|endsaldo|neuer kontostand|neuer saldo|kontostand|"
    "eindsaldo|nieuw saldo|solde final|nouveau solde|saldo final|saldo finale|saldo koncowe|"
    "konecny zustatek|utgaende saldo|kapanis bakiyesi|zaro egyenleg|sold final|исходящий остаток|"
    "конечный остаток|الرصيد الختامي|رصيد ختامي|مانده پایان دوره|সমাপনী স্থিতি|期末余额|本期余额"
)
CREDIT_WORDS: Final = _set(
    "c|cr|credit|crdt|cred|h|haben|i|in|bij|k|kredit|credito|avoir|+|приход|кредит|دائن|收入|收|贷|贷方"
)
DEBIT_WORDS: Final = _set("d|dr|debit|dbit|deb|s|soll|o|out|af|debet|debito|-|расход|дебет|مدين|支出|支|借|借方")
BARE_NAMES: Final = frozenset({"name", "naam", "nom", "nome"})
COMPLETED: Final = _set(
    "completed|complete|success|successful|settled|posted|booked|gebucht|umsatz gebucht|executed|done|"
    "cleared|paid|realizado|eseguito|contabilizzato|zrealizowana|zauctovano|completado|تمت|مكتملة|"
    "完成|交易成功|成功|已完成"
)
FAILED: Final = _set(
    "failed|fail|declined|rejected|cancelled|canceled|returned|error|abgelehnt|storniert|geweigerd|"
    "refuse|rechazado|失败|交易失败|مرفوضة"
)
PENDING: Final = _set(
    "pending|processing|in progress|authorised|authorized|hold|vorgemerkt|umsatz vorgemerkt|"
    "en attente|pendiente|in attesa|处理中|معلقة"
)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """A heading as it is compared: lower case, no accents, words apart by one space."""
    spread = (
        unicodedata.normalize("NFKD", text.strip().strip("﻿").casefold())
        .replace("ł", "l")
        .replace("ı", "i")
        .replace("ø", "o")
        .replace("ß", "ss")
    )
    bare = "".join(sign for sign in spread if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w+]", " ", bare).replace("_", " ").split()) or spread.strip()


def role(heading: str) -> tuple[str, str]:
    """The role of a column by its heading, and the currency that the heading names; "" where it says neither."""
    folded = fold(heading)
    if folded in _EXACT:
        return _EXACT[folded], ""
    suffix = _SUFFIX.search(folded)
    if suffix:
        rest = folded[: suffix.start()].strip()
        if _EXACT.get(rest) in _MONEY:
            return _EXACT[rest], suffix["code"].upper()
    return "", ""
