"""Tables as values: their place in the URL, their pages, and what is taken away as CSV."""

import csv
import io

import pytest

from app.pages.views.tables import Cell, Column, Place, Row, Table, as_csv, guarded, paged
from app.pages.views.words import Tag

PLACE = Place("/cases/1/exhibits", (("state", "held"), ("sort", "-reference"), ("after", "9")))


def test_a_filter_and_a_sorting_live_in_the_address() -> None:
    assert PLACE.url == "/cases/1/exhibits?state=held&sort=-reference&after=9"


def test_another_sorting_begins_at_the_first_page() -> None:
    table = Table("Exhibits", (), (), PLACE, sort="-reference")

    assert table.sort_url(Column("Exhibit", "reference")) == "/cases/1/exhibits?state=held&sort=reference"


def test_a_second_click_on_a_heading_turns_the_order_round() -> None:
    table = Table("Exhibits", (), (), PLACE.having(sort="reference"), sort="reference")

    assert "sort=-reference" in table.sort_url(Column("Exhibit", "reference"))
    assert table.direction(Column("Exhibit", "reference")) == "ascending"
    assert table.direction(Column("State", "state")) == "none"


def test_a_filter_that_is_taken_away_leaves_the_others() -> None:
    place = Place("/search", (("kind", "pdf"), ("kind", "chat"), ("q", "x"), ("after", "3")))

    assert place.without("kind", "pdf").url == "/search?kind=chat&q=x"


@pytest.mark.parametrize("asked", ["password", "-id; drop table", ""])
def test_an_unknown_column_is_not_sorted_by(asked: str) -> None:
    assert Place("/", (("sort", asked),)).sorting(("title", "number"), "-title") == ("title", True)


def test_pages_follow_one_another_without_a_gap_or_a_row_twice() -> None:
    rows, seen, after = [str(number) for number in range(120)], [], ""
    while True:
        shown, after = paged(rows, after, str)
        seen += shown
        if not after:
            break

    assert seen == rows


def test_a_page_that_ends_exactly_has_none_after_it() -> None:
    assert paged([str(number) for number in range(50)], "", str)[1] == ""


@pytest.mark.parametrize("text", ["=1+1", "+39333", "-2", "@x", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_marked_as_text(text: str) -> None:
    assert guarded(text) == "'" + text


def test_the_csv_says_what_the_table_shows_and_more_exactly() -> None:
    row = Row((Cell("رسالة.txt", own=True), Cell(digest="ab" * 32), Cell(tag=Tag("stored")), Cell('=HYPERLINK("x")')))
    table = Table("Files", (Column("Name"), Column("Hash"), Column("State"), Column("Note")), (row,), PLACE)

    read = list(csv.reader(io.StringIO(as_csv(table).removeprefix("\ufeff"))))

    assert read == [["Name", "Hash", "State", "Note"], ["رسالة.txt", "ab" * 32, "stored", '\'=HYPERLINK("x")']]
