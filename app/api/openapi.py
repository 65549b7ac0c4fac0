"""The OpenAPI 3.1 document, made from the descriptions of the addresses."""

import re
from importlib.metadata import version
from typing import Any, Final, Literal

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.describing import DESCRIBED, JSON, Description, Refused

PREFIX: Final = "/api/v1"
_REFUSALS: Final = {
    "400": "the request or its form token cannot be read",
    "401": "nobody is signed in",
    "403": "the person may not do this",
    "404": "there is no such thing, or none that may be seen",
    "405": "the address does not take this method",
    "409": "it does not fit the present state",
    "413": "it is larger than this address takes",
    "415": "the body is not JSON",
    "422": "what was sent cannot be taken",
    "429": "too many tries",
    "500": "stored bytes are not what they were, or a fault of ours",
    "503": "something that this needs is out of reach",
}
_PART = re.compile(r"<(?:(?P<kind>[a-z]+):)?(?P<name>\w+)>")


def document(app: Flask) -> dict[str, Any]:
    """Describe every address of the API that the application serves."""
    routes = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIX)]
    models: set[type[BaseModel]] = {Refused}
    for one in DESCRIBED.values():
        models.update(model for model in (one.takes, one.gives, one.asks) if model is not None)
    wanted: list[tuple[type[BaseModel], Literal["validation"]]] = [
        (model, "validation") for model in sorted(models, key=lambda one: one.__name__)
    ]
    refs, definitions = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    paths: dict[str, Any] = {}
    for rule in sorted(routes, key=lambda one: one.rule):
        description = DESCRIBED.get(rule.endpoint.removeprefix("api."))
        if description is None:
            continue
        path = _PART.sub(lambda met: "{" + met["name"] + "}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(rule.endpoint, rule.rule, description, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Probanda",
            "version": version("probanda"),
            "description": "Evidence in, found across cases, out as a dossier that anyone can check.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "probanda"},
            },
        },
    }


def _operation(endpoint: str, rule: str, description: Description, refs: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": endpoint.removeprefix("api.").replace(".", "_"),
        "summary": description.summary,
        "tags": [endpoint.removeprefix("api.").split(".", maxsplit=1)[0]],
        "parameters": [*_path(rule), *_headers(description), *_queries(description)],
        "responses": _responses(description, refs),
    }
    if description.public:
        made["security"] = []
    if description.takes is not None:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": refs[description.takes, "validation"]}}}
    elif description.body:
        schema = {"type": "string", "format": "binary", "contentMediaType": description.body}
        made["requestBody"] = {"required": True, "content": {description.body: {"schema": schema}}}
    return made


def _path(rule: str) -> list[dict[str, Any]]:
    formats = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer", "minimum": 0}}
    return [
        {
            "name": met["name"],
            "in": "path",
            "required": True,
            "schema": formats.get(met["kind"] or "", {"type": "string", "minLength": 1}),
        }
        for met in _PART.finditer(rule)
    ]


def _headers(description: Description) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": words,
            "schema": {"type": "string", "pattern": "^[ -~]*$"},
        }
        for name, words in description.headers.items()
    ]


def _queries(description: Description) -> list[dict[str, Any]]:
    if description.asks is None:
        return []
    schema = description.asks.model_json_schema()
    needed = schema.get("required", [])
    defined = schema.get("$defs", {})
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": _given(_resolved(one, defined))}
        for name, one in schema.get("properties", {}).items()
    ]


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """A query says nothing only by leaving a name out, so what may be nothing is described as what it is else."""
    options = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    return options[0] if len(options) == 1 else schema


def _resolved(schema: Any, defined: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _resolved(defined[schema["$ref"].rpartition("/")[2]], defined)
        return {name: _resolved(one, defined) for name, one in schema.items()}
    return [_resolved(one, defined) for one in schema] if isinstance(schema, list) else schema


def _responses(description: Description, refs: Any) -> dict[str, Any]:
    refusal = {JSON: {"schema": refs[Refused, "validation"]}}
    answers: dict[str, Any] = {code: {"description": words, "content": refusal} for code, words in _REFUSALS.items()}
    good: dict[str, Any] = {"description": "done"}
    if description.gives is not None:
        good["content"] = {JSON: {"schema": refs[description.gives, "validation"]}}
    elif description.media != JSON:
        good["content"] = {description.media: {"schema": {"type": "string", "format": "binary"}}}
    return {str(description.status): good, **answers}
