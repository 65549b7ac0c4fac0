"""One declaration for each address: what it takes and gives; routes and the OpenAPI document both follow it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

from flask import Response, request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.wrappers import Response as Answer

from app.auth import actor
from core.errors import Invalid

JSON: Final = "application/json"
_MOST_FAULTS = 20


class BadInput(Invalid):
    """What was sent does not have the described form; each field's fault is named."""


class NotJson(Invalid):
    """The body is not sent as JSON."""


class Taken(BaseModel):
    """The form of something that comes in: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_max_length=20_000)


class Asked(BaseModel):
    """The form of a query string: texts are read into what the field is, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=2_000)


class Given(BaseModel):
    """The form of an answer."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Fault(Given):
    """What went wrong: a code for machines, a sentence for people, and the fields that it is about."""

    code: str
    message: str
    fields: dict[str, str] = {}


class Refused(Given):
    """The one shape of every error."""

    error: Fault


@dataclass(frozen=True, slots=True)
class Description:
    """What one address takes and gives, for its OpenAPI entry."""

    summary: str
    takes: type[BaseModel] | None = None
    asks: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    status: int = 200
    body: str = ""
    media: str = JSON
    public: bool = False
    limit: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


DESCRIBED: Final[dict[str, Description]] = {}


def described(description: Description) -> Callable[[Callable[..., BaseModel | Answer]], Callable[..., Answer]]:
    """Make a view of a function: reads what the description says that it takes, writes what it gives.

    The function gets ``taken`` and ``asked`` where the description names them, and gives a value of ``gives`` or a
    finished answer.
    """

    def bind(view: Callable[..., BaseModel | Answer]) -> Callable[..., Answer]:
        @wraps(view)
        def answer(**parts: Any) -> Answer:
            if not description.public:
                actor()  # before anything is read: who is not signed in learns nothing of what an address takes
            if description.limit:
                request.max_content_length = description.limit
            if description.asks is not None:
                parts["asked"] = _query(description.asks)
            elif request.args:
                raise BadInput("this address takes no query", fields=dict.fromkeys(request.args, "unknown"))
            if description.takes is not None:
                parts["taken"] = _body(description.takes)
            made = view(**parts)
            if isinstance(made, BaseModel):
                return Response(made.model_dump_json(), status=description.status, mimetype=JSON)
            return made

        DESCRIBED[f"{view.__module__.rpartition('.')[2]}.{view.__name__}"] = description
        return answer

    return bind


def _body(form: type[BaseModel]) -> BaseModel:
    if request.mimetype != JSON:
        raise NotJson("send the body as application/json")
    try:
        return form.model_validate_json(request.get_data(cache=False))
    except ValidationError as fault:
        raise _told(fault) from fault


def _query(form: type[BaseModel]) -> BaseModel:
    repeated = {
        name: "given more than once"
        for name, values in request.args.lists()
        if len(values) > 1 and not _many(form, name)
    }
    if repeated:
        raise BadInput("the query cannot be read", fields=repeated)
    given = {name: request.args.getlist(name) if _many(form, name) else value for name, value in request.args.items()}
    try:
        return form.model_validate(given)
    except ValidationError as fault:
        raise _told(fault) from fault


def _many(form: type[BaseModel], name: str) -> bool:
    known = form.model_fields.get(name)
    return known is not None and str(known.annotation).startswith(("list", "tuple"))


def _told(fault: ValidationError) -> BadInput:
    fields = {
        ".".join(map(str, one["loc"])) or "body": one["msg"] for one in fault.errors(include_url=False)[:_MOST_FAULTS]
    }
    return BadInput(
        "what was sent cannot be taken: " + "; ".join(f"{name}: {why}" for name, why in fields.items()), fields=fields
    )
