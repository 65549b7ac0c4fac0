"""The fixed words of a receipt in the languages that people at the scene understand.

They are short on purpose, and every value stands beside them as the office wrote it.  What the signature covers is the
signed text; these words only say what its values are.
"""

from typing import Final

NAMES: Final = {"en": "English", "fr": "français", "ar": "العربية", "fa": "فارسی", "tr": "Türkçe"}
LEFTWARD: Final = frozenset({"ar", "fa"})
KEYS: Final = (
    "title", "office", "case", "reference", "thing", "condition", "seal", "numbers", "from", "place", "when", "officer",
    "authority", "holder", "issued", "by", "files", "keep", "check", "signed_person", "signed_officer", "language",
)  # fmt: skip
_EN: Final = (
    "Receipt for what was taken", "Office", "Case number", "Exhibit", "What was taken", "Condition", "Seal",
    "Other numbers", "Taken from", "Place", "When, as written", "Officer", "By what right", "Now held by", "Issued at",
    "Issued by", "Files received",
    "Keep this paper. It proves what was taken from you, when and by whom.",
    ("The square code holds the digest of the signed text that is attached to this document. Anybody can check the "
    "signature without this office: probanda receipt check."),
    "The person: name, date, signature", "The officer: name, date, signature", "Language of this receipt",
)  # fmt: skip
_FR: Final = (
    "Récépissé des objets saisis", "Service", "Numéro de dossier", "Pièce", "Objet saisi", "État", "Scellé",
    "Autres numéros", "Saisi auprès de", "Lieu", "Date et heure, telles qu’écrites", "Agent", "Fondement légal",
    "Détenu actuellement par", "Délivré le", "Délivré par", "Fichiers reçus",
    "Conservez ce document. Il prouve ce qui vous a été pris, quand et par qui.",
    ("Le code carré contient l’empreinte du texte signé joint à ce document. Toute personne peut vérifier la signature "
    "sans ce service : probanda receipt check."),
    "La personne : nom, date, signature", "L’agent : nom, date, signature", "Langue de ce récépissé",
)  # fmt: skip
_AR: Final = (
    "إيصال بالأشياء المضبوطة", "الجهة", "رقم القضية", "رقم المضبوط", "الشيء المضبوط", "الحالة", "الختم",
    "أرقام أخرى", "أُخذ من", "المكان", "التاريخ والوقت كما كُتبا", "الضابط", "السند القانوني", "في حوزة",
    "صدر في", "أصدره", "الملفات المستلمة",
    "احتفظ بهذه الورقة. فهي تثبت ما أُخذ منك ومتى ومن أخذه.",
    ("يحتوي الرمز المربع على بصمة النص الموقَّع المرفق بهذه الوثيقة. ويمكن لأي شخص التحقق من التوقيع دون الرجوع إلى "
    "هذه الجهة: probanda receipt check"),
    "الشخص: الاسم والتاريخ والتوقيع", "الضابط: الاسم والتاريخ والتوقيع", "لغة هذا الإيصال",
)  # fmt: skip
_FA: Final = (
    "رسید اشیای ضبط‌شده", "اداره", "شمارهٔ پرونده", "شمارهٔ شیء", "شیء ضبط‌شده", "وضعیت", "پلمب",
    "شماره‌های دیگر", "گرفته‌شده از", "مکان", "تاریخ و ساعت، همان‌گونه که نوشته شده", "مأمور", "مبنای قانونی",
    "اکنون نزد", "تاریخ صدور", "صادرکننده", "پرونده‌های دریافت‌شده",
    "این برگه را نگه دارید. این برگه ثابت می‌کند چه چیزی، چه زمانی و به دست چه کسی از شما گرفته شده است.",
    ("کد مربعی اثر انگشت متن امضاشده‌ای را در بر دارد که به این سند پیوست است. هر کس می‌تواند امضا را بدون این اداره "
    "بررسی کند: probanda receipt check"),
    "شخص: نام، تاریخ، امضا", "مأمور: نام، تاریخ، امضا", "زبان این رسید",
)  # fmt: skip
_TR: Final = (
    "El konulan eşyaya ilişkin makbuz", "Makam", "Dosya numarası", "Delil numarası", "El konulan eşya", "Durumu",
    "Mühür", "Diğer numaralar", "Kimden alındığı", "Yer", "Yazıldığı şekliyle tarih ve saat", "Görevli",
    "Hukuki dayanak", "Şu anda elinde bulunduran", "Düzenlenme zamanı", "Düzenleyen", "Alınan dosyalar",
    "Bu belgeyi saklayın. Sizden neyin, ne zaman ve kim tarafından alındığını kanıtlar.",
    ("Kare kod, bu belgeye ekli imzalı metnin özetini içerir. İmzayı herkes bu makam olmadan denetleyebilir: "
    "probanda receipt check."),
    "Kişi: ad, tarih, imza", "Görevli: ad, tarih, imza", "Bu makbuzun dili",
)  # fmt: skip
WORDS: Final = {
    name: dict(zip(KEYS, words, strict=True))
    for name, words in (("en", _EN), ("fr", _FR), ("ar", _AR), ("fa", _FA), ("tr", _TR))
}
