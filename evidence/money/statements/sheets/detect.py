"""Detect the layout of a bank's table: what is certain is proposed, what could be either is asked (never guessed)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from evidence.money.statements import amounts, dates, text
from evidence.money.statements.sheets import words
from evidence.money.statements.sheets.columns import Draft, by_content, by_headings, names_of, of_money, roles
from evidence.money.statements.sheets.layout import ROLES, VALUES, BadAnswer, Layout
from evidence.money.statements.sheets.table import Record, records
from evidence.money.statements.values import BrokenStatement, NotAStatement

_DELIMITERS: Final = (",", ";", "\t", "|")
_ENCODINGS: Final = ("cp1252", "cp1250", "cp1251", "cp1254", "cp1253", "cp1256", "cp852", "gb18030")
_SAMPLE: Final = 5_000
_HEAD: Final = 40
_COLUMNS: Final = frozenset(ROLES) - VALUES
_FLAG: Final = 24


def detect(data: bytes) -> Layout:
    """The layout of a table as far as the file settles it, with a question for everything that it does not.

    Raises NotAStatement when the text is no table with days and amounts.
    """
    if text.binary(text.bounded(data)):
        raise NotAStatement("this is no text: a statement can be read from CSV, MT940 or camt.053")
    draft, found = _best(data)
    body = _head(draft, found)
    if not body:
        raise NotAStatement("there is no row with a day and an amount in this file")
    cells = _by_column(body, len(draft.names))
    if not of_money(draft, cells):
        raise NotAStatement("this table has days and figures, but nothing in it says that they are amounts of money")
    if not draft.header:
        by_content(draft, cells)
    return _settle(_examined(draft, cells))


def reviewed(layout: Layout, data: bytes) -> Layout:
    """The layout examined again after a person's answers: what they settled stays, what follows from it is found.

    Raises BadAnswer when the encoding that was named does not exist.
    """
    try:
        content = text.bounded(data).decode(layout.encoding, errors="replace")
    except LookupError as fault:
        unknown = {"encoding": "there is no such encoding"}
        raise BadAnswer("some answers about the layout cannot be taken", fields=unknown) from fault
    found = list(islice(records(content, layout.delimiter), _SAMPLE))
    head = next((record for record in found if record.line == layout.header), None)
    names = names_of(head.cells, len(layout.names)) if head else list(layout.names)
    columns = {role: list(places) for role, places in layout.columns.items()}
    draft = Draft(layout.encoding, layout.delimiter, layout.header, names, columns, doubts=list(layout.doubts))
    draft.found["currency"] = layout.currency
    draft.questions = [question for question in layout.questions if question.field in _COLUMNS]
    body = [record for record in found if record.line > layout.header and _is_row(record.cells)]
    _examined(draft, _by_column(body, len(names)))
    draft.questions = [question for question in draft.questions if question.field not in layout.given]
    draft.doubts = list(dict.fromkeys(draft.doubts))
    fresh = _settle(draft)
    kept = {name: getattr(layout, name) for name in layout.given if name in VALUES}
    return replace(fresh, given=layout.given, account=layout.account, **kept)


def _by_column(body: Sequence[Record], width: int) -> dict[int, list[str]]:
    return {
        place: [record.cells[place].strip() for record in body if place < len(record.cells)] for place in range(width)
    }


def _examined(draft: Draft, cells: Mapping[int, list[str]]) -> Draft:
    """The draft with signs, days, decimal sign and currency found or asked."""
    _signs(draft, cells)
    _days(draft, cells)
    _decimal(draft, cells)
    _currency(draft, cells)
    return draft


def _settle(draft: Draft) -> Layout:
    return Layout(
        draft.encoding,
        draft.delimiter,
        draft.header,
        tuple(draft.names),
        {role: tuple(draft.columns[role]) for role in ROLES if draft.columns.get(role)},
        decimal=draft.found.get("decimal", ""),
        dates=draft.found.get("dates", ""),
        sign=draft.found.get("sign", "signed"),
        credit_words=draft.words.get("credit", ()),
        debit_words=draft.words.get("debit", ()),
        debits=draft.found.get("debits", "plain"),
        currency=draft.found.get("currency", ""),
        doubts=tuple(draft.doubts),
        questions=tuple(draft.questions),
    )


def _best(data: bytes) -> tuple[Draft, list[Record]]:
    """The encoding and delimiter under which most headings are known, and the first records under them."""
    content, encoding = text.decode(data)
    choices = [(encoding, content)]
    if encoding in {"cp1252", "latin-1"}:
        choices = [(name, data.decode(name, errors="replace")) for name in _ENCODINGS]
    tried = [
        (_score(found), name, delimiter, found)
        for name, decoded in choices
        for delimiter in _DELIMITERS
        if (found := _sample(decoded, delimiter))
    ]
    if not tried:
        raise NotAStatement("there is no table in this file")
    score, name, delimiter, found = max(tried, key=lambda one: one[0])
    draft = Draft(name, delimiter)
    if len(choices) > 1:
        others = sorted({one[1] for one in tried if one[0] == score} - {name})
        draft.doubts.append(
            f"the file is not UTF-8; read as {name}" + (f", could be {', '.join(others)}" if others else "")
        )
    return draft, found


def _sample(content: str, delimiter: str) -> list[Record]:
    try:
        return list(islice(records(content, delimiter), _SAMPLE))
    except BrokenStatement:
        return []


def _score(found: Sequence[Record]) -> tuple[int, int, int]:
    """How well a way of reading fits: rows with a day and an amount in cells of their own, known headings, width."""
    heads = max((len(roles(record.cells)) for record in found[:_HEAD]), default=0)
    rows = sum(1 for record in found[:200] if _is_row(record.cells))
    width = Counter(len(record.cells) for record in found).most_common(1)[0][0]
    return rows if width > 1 else 0, heads, width if width > 1 else 0


def _is_row(cells: Iterable[str]) -> bool:
    """Whether a record has a day and, in another cell, an amount."""
    days = moneys = 0
    for cell in cells:
        if dates.looks_like_a_day(cell.strip()):
            days += 1
        elif amounts.take(cell.strip()):
            moneys += 1
    return bool(days and moneys)


def _head(draft: Draft, found: list[Record]) -> list[Record]:
    """Find the heading among the first records, take the columns from it, and give the rows under it."""
    first = next((place for place, record in enumerate(found) if _is_row(record.cells)), None)
    if first is None:
        return []
    heads = [(len(roles(record.cells)), -place, record) for place, record in enumerate(found[:first])]
    score, _, head = max(heads, key=lambda one: one[:2], default=(0, 0, None))
    body = [record for record in found[first:] if _is_row(record.cells)]
    width = max(len(record.cells) for record in body)
    if head is None or score < 2:
        draft.names = [f"column {place + 1}" for place in range(width)]
        draft.doubts.append("no row of headings was found; the columns are told by what stands in them")
        return body
    draft.header = head.line
    draft.names = names_of(head.cells, width)
    by_headings(draft, head.cells)
    return body


def _column(draft: Draft, cells: Mapping[int, list[str]], role: str) -> list[str]:
    place = draft.column(role)
    return [cell for cell in cells.get(place, []) if cell] if place is not None else []


def _signs(draft: Draft, cells: Mapping[int, list[str]]) -> None:
    """How money in and money out are told apart."""
    asked = {question.field for question in draft.questions}
    _debits(draft, cells)
    amount = [figure for cell in _column(draft, cells, "amount") if (figure := amounts.take(cell))]
    if amount and any(figure.signed for figure in amount):
        draft.found["sign"] = "signed"
    elif _column(draft, cells, "direction") and amount:
        _directions(draft, _column(draft, cells, "direction"))
    elif draft.column("credit") is not None or draft.column("debit") is not None or asked & {"credit", "debit"}:
        draft.found["sign"] = "columns"
        draft.columns.pop("amount", None)
    elif amount:
        draft.found["sign"] = "out"
        draft.ask(
            "sign",
            "No amount carries a sign and no column tells money in from money out. What are these amounts?",
            "out",
            "in",
            "signed",
            because="all amounts are written without a sign",
        )
    elif "amount" not in asked:
        shown = _holding(cells, lambda cell: amounts.take(cell) is not None and not dates.looks_like_a_day(cell))
        draft.ask("amount", "Which column is the amount?", *shown, because="no heading names it")


def _holding(cells: Mapping[int, list[str]], fits: Callable[[str], bool]) -> list[str]:
    """The columns, counted from 1, in which every cell that is filled fits."""
    filled = {place: [cell for cell in column if cell] for place, column in cells.items()}
    return [str(place + 1) for place, column in filled.items() if column and all(fits(cell) for cell in column)]


def _directions(draft: Draft, column: list[str]) -> None:
    seen = sorted(set(column))
    credit = tuple(word for word in seen if words.fold(word) in words.CREDIT_WORDS)
    debit = tuple(word for word in seen if words.fold(word) in words.DEBIT_WORDS)
    draft.found["sign"] = "direction"
    draft.words = {"credit": credit, "debit": debit}
    unknown = [word for word in seen if word not in credit and word not in debit]
    if unknown:
        listed = ", ".join(word[:_FLAG] for word in unknown[:8])
        draft.ask(
            "credit_words",
            f"Which of these mean money in: {listed}? (apart by commas)",
            because="the words of the direction column are not known",
        )
        draft.ask(
            "debit_words",
            f"Which of these mean money out: {listed}? (apart by commas)",
            because="the words of the direction column are not known",
        )


def _debits(draft: Draft, cells: Mapping[int, list[str]]) -> None:
    """Whether the debit column writes its figures plain or with a minus; both in one column is asked."""
    figures = [
        figure
        for cell in _column(draft, cells, "debit")
        if (figure := amounts.take(cell)) and figure.digits.strip("0.,")
    ]
    minus = sum(1 for figure in figures if figure.negative)
    draft.found["debits"] = "minus" if minus else "plain"
    if 0 < minus < len(figures):
        draft.ask(
            "debits",
            "The debit column holds figures with and without a minus. How is money out written?",
            "plain",
            "minus",
            because="both stand in the column",
        )


def _days(draft: Draft, cells: Mapping[int, list[str]]) -> None:
    """The order of day, month and year that all days of the file allow."""
    columns = [cell for role in ("booked", "value_date") for cell in _column(draft, cells, role)]
    written = [cell for cell in columns if dates.looks_like_a_day(cell)]
    if draft.column("booked") is None and draft.column("value_date") is None:
        shown = _holding(cells, dates.looks_like_a_day)
        draft.ask("booked", "Which column is the day of booking?", *shown, because="no heading names it")
        return
    foreign = dates.foreign_years(written)
    if foreign:
        example = foreign[0][:20]
        draft.doubts.append(f"{len(foreign)} days lie in years that no bank has (such as {example}); they stay unread")
    allowed = [dates.orders(cell) for cell in written]
    needed = [orders for orders in allowed if orders and "N" not in orders]
    common = set.intersection(*map(set, needed)) if needed else {"YMD"}
    if len(common) == 1:
        draft.found["dates"] = common.pop()
        return
    options = sorted(common) or ["DMY", "MDY", "YMD"]
    example = next(cell for cell, orders in zip(written, allowed, strict=True) if orders and "N" not in orders)
    draft.ask(
        "dates",
        f"In which order do day, month and year stand (as in {example[:20]})?",
        *options,
        because="every day in the file can be read in each of these orders"
        if common
        else "the days of the file do not keep to one order",
    )


def _decimal(draft: Draft, cells: Mapping[int, list[str]]) -> None:
    """The decimal sign that all amounts of the file allow."""
    places = [cell for role in ("amount", "credit", "debit", "balance") for cell in _column(draft, cells, role)]
    if not any(draft.column(role) is not None for role in ("amount", "credit", "debit")):
        places = [
            cell
            for column in cells.values()
            for cell in column
            if amounts.take(cell) and not dates.looks_like_a_day(cell)
        ]
    figures = [figure for cell in places if (figure := amounts.take(cell))]
    allowed = [(figure, signs) for figure in figures if (signs := amounts.decimal_signs(figure.digits))]
    common = set.intersection(*(set(signs) for _, signs in allowed)) if allowed else {""}
    if len(common) == 1:
        draft.found["decimal"] = common.pop()
        return
    example = next(figure.digits for figure, signs in allowed if not common or len(signs) > 1)
    draft.ask(
        "decimal",
        f"Which is the decimal sign (as in {example})?",
        ".",
        ",",
        because="every amount in the file can be read both ways"
        if common
        else "the amounts of the file do not keep to one sign",
    )


def _currency(draft: Draft, cells: Mapping[int, list[str]]) -> None:
    """Where the currency stands: in a column, in the heading, in the cells, or with a person."""
    column = _column(draft, cells, "currency")
    if column:
        unknown = sorted({cell for cell in column if not amounts.known(cell.upper())})
        if unknown:
            draft.doubts.append(f"not a currency of ISO 4217: {', '.join(cell[:12] for cell in unknown[:5])}")
        return
    if draft.found.get("currency"):
        return
    inside = {
        figure.currency
        for role in ("amount", "credit", "debit")
        for cell in _column(draft, cells, role)
        if (figure := amounts.take(cell))
    }
    if inside and "" not in inside:
        return
    draft.ask(
        "currency",
        "In which currency is this account kept (three letters of ISO 4217)?",
        because="the file does not say",
    )
