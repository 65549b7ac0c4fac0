"""A guess at the language of a text, from its script and a few telling letters and words; never more than a guess."""

import re
from collections import Counter

_SCRIPTS: tuple[tuple[str, int, int], ...] = (
    ("latin", 0x41, 0x24F),
    ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x52F),
    ("armenian", 0x530, 0x58F),
    ("hebrew", 0x590, 0x5FF),
    ("arabic", 0x600, 0x77F),
    ("devanagari", 0x900, 0x97F),
    ("bengali", 0x980, 0x9FF),
    ("tamil", 0xB80, 0xBFF),
    ("thai", 0xE00, 0xE7F),
    ("burmese", 0x1000, 0x109F),
    ("georgian", 0x10A0, 0x10FF),
    ("ethiopic", 0x1200, 0x139F),
    ("khmer", 0x1780, 0x17FF),
    ("latin", 0x1E00, 0x1EFF),
    ("kana", 0x3040, 0x30FF),
    ("han", 0x3400, 0x9FFF),
    ("hangul", 0xAC00, 0xD7AF),
    ("arabic", 0xFB50, 0xFEFF),
)
_ONLY = {
    "greek": "el",
    "armenian": "hy",
    "hebrew": "he",
    "devanagari": "hi",
    "bengali": "bn",
    "tamil": "ta",
    "thai": "th",
    "burmese": "my",
    "georgian": "ka",
    "khmer": "km",
    "hangul": "ko",
}
_WORDS = {
    "en": "the and of to in is that for with was this are on at from have not be by you",
    "fr": "le la les et des est une dans que pour pas sur avec vous nous du au qui ce",
    "de": "der die das und ist nicht ein eine mit für auf von den dem zu wir sie ich",
    "es": "el la los las y es que de una para con por no del en se su como más",
    "it": "il la che di è un una per non con sono del della gli le si nel anche",
    "nl": "de het een en van is dat niet met voor op zijn aan te ik je wij naar",
    "pt": "o a os as e é que de uma para com não do da em se por mais foi",
    "tr": "ve bir bu için ile da de çok ne var değil olarak daha ben sen gibi",
    "pl": "i w na nie się z do to jest że o jak po co za od przez",
    "vi": "và của là có không được cho người một các với này đã trong",
    "sq": "dhe në për një të me nga është që nuk ka si do",
    "so": "waa iyo ka ku oo ee in aan la uu ay",
}
_LATIN = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_TIGRINYA = ("ናይ", "እዩ", "ኣብ", "ካብ", "ናብ", "ኣሎ", "ከም", "እዚ", "ድማ", "ነቲ", "ኸ", "ቐ", "ኹ", "ኣን")
_AMHARIC = ("ነው", "እና", "ላይ", "ውስጥ", "ወደ", "አለ", "ይህ", "ጋር", "የ", "አን")


def guess(text: str) -> str:
    """A language tag (`ar`, `fa`, `ti`, `bn`, `zh`, …), or `und` where script and words do not tell, or ""."""
    counted = Counter(filter(None, map(_script, text)))
    if not counted:
        return "und" if text.strip() else ""
    kana = counted["kana"]
    script = counted.most_common(1)[0][0]
    if script in {"han", "kana"}:
        return "ja" if kana > 0.05 * counted["han"] and kana else "zh"
    if script == "arabic":
        return _of_arabic(text)
    if script == "cyrillic":
        return _of_cyrillic(text)
    if script == "ethiopic":
        return "ti" if _hits(text, _TIGRINYA) > _hits(text, _AMHARIC) else "am"
    return _ONLY.get(script) or _of_latin(text)


def _script(letter: str) -> str:
    if not letter.isalpha():
        return ""
    code = ord(letter)
    return next((name for name, first, last in _SCRIPTS if first <= code <= last), "")


def _hits(text: str, marks: tuple[str, ...]) -> int:
    return sum(text.count(mark) for mark in marks)


def _of_arabic(text: str) -> str:
    """Persian, Dari and Urdu write letters that Arabic does not have; Dari cannot be told from Persian this way."""
    urdu, pashto = _hits(text, ("ٹ", "ڈ", "ڑ", "ے", "ں")), _hits(text, ("ښ", "ځ", "څ", "ډ", "ړ", "ۍ"))
    kurdish, persian = _hits(text, ("ێ", "ۆ", "ڕ", "ڵ")), _hits(text, ("پ", "چ", "ژ", "گ", "ی", "ک"))
    arabic = _hits(text, ("ي", "ك", "ة", "ى"))
    best = max((urdu, "ur"), (pashto, "ps"), (kurdish, "ckb"))
    if best[0] >= 3 and best[0] * 20 > len(text) * 0.2:
        return best[1]
    return "fa" if persian > arabic else "ar"


def _of_cyrillic(text: str) -> str:
    if _hits(text, ("і", "ї", "є", "ґ")) > _hits(text, ("ы", "э", "ё", "ъ")):
        return "uk"
    if _hits(text, ("ђ", "ј", "љ", "њ", "ћ")):
        return "sr"
    return "ru" if _hits(text, ("ы", "э", "ё")) or not _hits(text, ("ъ",)) else "bg"


def _of_latin(text: str) -> str:
    words = re.findall(r"[^\W\d_]+", text.lower())
    scored = sorted(
        ((sum(word in known for word in words), language) for language, known in _LATIN.items()), reverse=True
    )
    (most, language), (second, _) = scored[0], scored[1]
    return language if most >= 2 and most > second else "und"
