"""What was typed into a form and what is wrong with it, as a value that templates read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.errors import Refusal


@dataclass(frozen=True, slots=True)
class Form:
    """The values of a form by name, and a reason beside each that cannot be taken."""

    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def holding(cls, **values: object) -> "Form":
        """A form that shows these values."""
        return cls({name: (str(value),) for name, value in values.items() if value is not None})

    @classmethod
    def failed(cls, typed: Iterable[tuple[str, str]], refusal: Refusal) -> "Form":
        """The form as it was sent, with the reasons for which it was not taken; passwords are not sent back."""
        kept: dict[str, tuple[str, ...]] = {}
        for name, value in typed:
            if "password" not in name and name != "csrf_token":
                kept[name] = (*kept.get(name, ()), value)
        reasons = dict(refusal.fields) or {"": refusal.message}
        return cls(kept, {name: why[:1].upper() + why[1:] for name, why in reasons.items()})

    def value(self, name: str) -> str:
        """What stands in a field."""
        return next(iter(self.typed.get(name, ())), "")

    def values(self, name: str) -> list[str]:
        """Everything that is chosen in a field of several."""
        return list(self.typed.get(name, ()))

    def error(self, name: str) -> str:
        """What is wrong with a field."""
        return self.errors.get(name, "")

    @property
    def summary(self) -> list[dict[str, str]]:
        """Every reason, each leading to its field, for the head of the page."""
        return [{"text": why, "href": f"#{name}"} if name else {"text": why} for name, why in self.errors.items()]
