"""Elasticsearch behind the same verbs: one physical index for each tier, addressed by ids that are ours."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from elastic_transport import ConnectionError as Unreachable
from elastic_transport import ConnectionTimeout, TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError
from elasticsearch.helpers import BulkIndexError, parallel_bulk, streaming_bulk

from search.asking import Question
from search.engines import bodies
from search.engines.protocol import OUT_OF_REACH, TIERS, Condition, Hit, IndexOutOfReach, Kept, Scope, TooBroad, file_id
from search.passages import Document

#: Part of every index's name: a change of the mapping makes new indices instead of bending old ones.
FORMAT: Final = 1
_PAGE: Final = 1_000
_LAST_DAY: Final = "9999-12-31"
_BUCKETS: Final = 10_000
_SECONDS: Final = 10
_BULK_SECONDS: Final = 60
_REST_SECONDS: Final = 3
_BULK: Final = 1_000
_LANES: Final = 2
_SETTINGS: Final = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    # A purge must wipe the last dropped document, not most of them.
    "merge.policy.expunge_deletes_allowed": 0,
}
# The day is in the order only to be told with each hit; what is sorted by costs nothing to tell.
_ORDER: Final = [{"file": "asc"}, {"ordinal": "asc"}, {"day": "asc"}]
#: Fetching the stored id of a hit costs more than finding it; file and place say which passage it is.
_UNFETCHED: Final = "_none_"
_TOO_BROAD: Final = ("too_many_clauses", "too_many_nested_clauses", "maxClauseCount")


@dataclass(slots=True)
class Elastic:
    """An index in an Elasticsearch cluster; safe for any number of threads."""

    url: str
    prefix: str = "probanda"
    seconds: int = _SECONDS
    client: Elasticsearch = field(init=False, repr=False)
    _rests_until: float = field(init=False, default=0.0)
    _made: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Make the client; nothing is asked of the server yet."""
        self.client = Elasticsearch(self.url, request_timeout=self.seconds, max_retries=0, http_compress=False)

    @property
    def names(self) -> dict[str, str]:
        """The name of the index of each tier."""
        return {tier: f"{self.prefix}-{tier}-{FORMAT}" for tier in TIERS}

    def put(self, documents: Iterable[Document]) -> int:
        """Take documents in and make them findable."""
        names = self._ensure()
        with self._reaching():
            patient = self.client.options(request_timeout=_BULK_SECONDS)
            # In threads, so that one batch is folded while the server takes in the one before.
            actions = (action(names, one) for one in documents)
            sent = parallel_bulk(patient, actions, thread_count=_LANES, queue_size=_LANES, chunk_size=_BULK)
            count = sum(1 for _ in sent)
            self.client.indices.refresh(index=list(names.values()))
        return count

    def drop(self, file: UUID, *, keep: Collection[UUID] = (), tier: str = "") -> int:
        """Let go of the documents of a file, save those to keep in one tier."""
        names, kept = self._ensure(), {str(one) for one in keep}
        every = list(names.values())
        with self._reaching():
            self.client.indices.refresh(index=every)
            pages = self._pages(every, {"term": {"file": str(file)}}, None, with_ids=True)
            held = [hit for page in pages for hit in page]
            gone = [
                {"_op_type": "delete", "_index": hit["_index"], "_id": hit["_id"]}
                for hit in held
                if hit["_id"] not in kept or hit["_index"] != names.get(tier)
            ]
            for _ in streaming_bulk(self.client, gone, chunk_size=_BULK):
                pass
            if gone:
                self.client.indices.refresh(index=every)
        return len(gone)

    def ask(
        self,
        question: Question,
        scope: Scope,
        *,
        files: Collection[UUID] | None = None,
        each: int | None = None,
        after: tuple[UUID, int] | None = None,
    ) -> Iterator[Hit]:
        """Yield every hit by file and place."""
        query, indices = self._asked(question, scope, files)
        if not indices or files == []:
            return
        with self._reaching():
            if each is not None:
                yield from self._first(indices, query, each)
                return
            begin = [str(after[0]), after[1], _LAST_DAY] if after else None
            for page in self._pages(indices, query, begin):
                yield from map(_hit, page)

    def tally(self, question: Question, scope: Scope) -> dict[tuple[UUID, str], int]:
        """Count the hits of each file and month."""
        query, indices = self._asked(question, scope, None)
        if not indices:
            return {}
        with self._reaching():
            buckets = self._buckets(indices, query, ["file", "month"])
            return {(file_id(key["file"]), key["month"]): count for key, count in buckets}

    def census(self) -> Iterator[Kept]:
        """Yield what is held, file by file."""
        for tier, name in self._ensure().items():
            with self._reaching():
                self.client.indices.refresh(index=name)
                for key, count in self._buckets([name], {"match_all": {}}, ["file", "case"]):
                    yield Kept(tier, UUID(key["file"]), UUID(key["case"]), count)

    def ready(self) -> Condition:
        """Make the indices if they are not there, and count what they hold."""
        names = self._ensure()
        with self._reaching():
            stats = self.client.indices.stats(index=list(names.values()), metric="docs")["_all"]["primaries"]["docs"]
        return Condition("elasticsearch", stats["count"], stats["deleted"])

    def purge(self) -> int:
        """Have the server rewrite the segments that still hold dropped documents.

        For up to half a minute after a drop the server keeps them for its copies; ask again until nothing is left.
        """
        with self._reaching():
            patient = self.client.options(request_timeout=_BULK_SECONDS * 10)
            every = list(self.names.values())
            patient.indices.flush(index=every)
            patient.indices.forcemerge(index=every, only_expunge_deletes=True)
            self.client.indices.refresh(index=every)
        return self.ready().dropped

    def remove(self) -> None:
        """Take the indices off the server, whole; the next verb makes them anew, empty."""
        with self._reaching():
            self.client.indices.delete(index=list(self.names.values()), ignore_unavailable=True)
        self._made = False

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    def _asked(self, question: Question, scope: Scope, files: Collection[UUID] | None) -> tuple[bodies.Body, list[str]]:
        names = self._ensure()
        query = bodies.query(question, scope, names)
        if files is not None:
            query["bool"]["filter"].append({"terms": {"file": [str(file) for file in files]}})
        return query, [names[tier] for tier, cases in scope.items() if cases]

    def _pages(
        self, indices: list[str], query: bodies.Body, after: list[Any] | None, *, with_ids: bool = False
    ) -> Iterator[list[dict[str, Any]]]:
        """Every hit, a page at a time; order, not position, says where the next page begins, so depth costs nothing."""
        while True:
            answer = self.client.search(
                index=indices,
                query=query,
                sort=_ORDER,
                size=_PAGE,
                search_after=after,
                track_total_hits=False,
                stored_fields=None if with_ids else _UNFETCHED,
            )
            page: list[dict[str, Any]] = answer["hits"]["hits"]
            if page:
                yield page
            if len(page) < _PAGE:
                return
            after = page[-1]["sort"]

    def _first(self, indices: list[str], query: bodies.Body, each: int) -> Iterator[Hit]:
        """The first hits of each file."""
        inner = {"name": "first", "size": each, "sort": _ORDER, "stored_fields": _UNFETCHED}
        after: list[Any] | None = None
        while True:
            answer = self.client.search(
                index=indices,
                query=query,
                collapse={"field": "file", "inner_hits": inner},
                sort=[{"file": "asc"}],
                size=_PAGE,
                search_after=after,
                track_total_hits=False,
            )
            page = answer["hits"]["hits"]
            for group in page:
                yield from map(_hit, group["inner_hits"]["first"]["hits"]["hits"])
            if len(page) < _PAGE:
                return
            after = page[-1]["sort"]

    def _buckets(
        self, indices: list[str], query: bodies.Body, fields: list[str]
    ) -> Iterator[tuple[dict[str, str], int]]:
        sources = [{name: {"terms": {"field": name}}} for name in fields]
        after: dict[str, Any] = {}
        while True:
            composite: dict[str, Any] = {"size": _BUCKETS, "sources": sources, **after}
            answer = self.client.search(
                index=indices, query=query, size=0, aggs={"files": {"composite": composite}}, track_total_hits=False
            )["aggregations"]["files"]
            for bucket in answer["buckets"]:
                yield bucket["key"], bucket["doc_count"]
            if len(answer["buckets"]) < _BUCKETS:
                return
            after = {"after": answer["after_key"]}

    def _ensure(self) -> dict[str, str]:
        """Make the indices once; asking an index that has gone since is refused, never answered with nothing."""
        if not self._made:
            with self._reaching():
                for name in self.names.values():
                    made = self.client.options(ignore_status=400).indices.create(
                        index=name, mappings=bodies.MAPPINGS, settings=_SETTINGS
                    )
                    _made_or_there(made.body, name)
                self.client.cluster.health(index=list(self.names.values()), wait_for_status="yellow", timeout="10s")
            self._made = True
        return self.names

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        # Whoever asks while the server is known to be away is told at once, and holds up nothing meanwhile.
        if time.monotonic() < self._rests_until:
            raise _out_of_reach("Elasticsearch did not answer a moment ago")
        try:
            yield
        except NotFoundError as fault:
            self._made = False
            raise _out_of_reach("an index is gone; run the index rebuild") from fault
        except (Unreachable, ConnectionTimeout, TransportError) as fault:
            self._rests_until = time.monotonic() + _REST_SECONDS
            raise _out_of_reach(f"Elasticsearch does not answer: {type(fault).__name__}") from fault
        except BulkIndexError as fault:
            raise _out_of_reach(f"Elasticsearch did not take {len(fault.errors)} passages") from fault
        except ApiError as fault:
            if any(word in str(fault.body) for word in _TOO_BROAD):
                message = "this query stands for more different words than can be looked up; write more of the word"
                raise TooBroad(message) from fault
            raise _out_of_reach(f"Elasticsearch answered {fault.status_code}") from fault


def action(names: Mapping[str, str], one: Document) -> dict[str, Any]:
    """A document as the server's bulk interface takes it in."""
    action: dict[str, Any] = {
        "_index": names[one.tier],
        "_id": str(one.id),
        "file": str(one.file),
        "exhibit": str(one.exhibit),
    }
    action |= {"case": str(one.case), "terms": one.terms, "name": one.name, "kind": one.kind, "ordinal": one.ordinal}
    return action | {"joined": one.joined, "language": one.language, "day": one.day, "month": one.day[:7]}


def _hit(hit: dict[str, Any]) -> Hit:
    file, ordinal, day = hit["sort"]
    return Hit(file_id(file), ordinal, day)


def _made_or_there(answer: Any, name: str) -> None:
    kind = answer.get("error", {}).get("type", "") if isinstance(answer, dict) else ""
    if kind and kind != "resource_already_exists_exception":
        raise _out_of_reach(f"the index {name} cannot be made: {kind}")


def _out_of_reach(why: str) -> IndexOutOfReach:
    return IndexOutOfReach(OUT_OF_REACH.format(why))
