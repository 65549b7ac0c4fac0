"""Any k of n shares give the seed back, and each way in which they do not belong has its own words."""

import dataclasses
import itertools
import re
import shutil
import subprocess

import pytest
from Crypto.Protocol.SecretSharing import Shamir

from evidence.keyring import Keyring
from evidence.keys import recovery, shares
from evidence.keys.files import KeysWrong
from evidence.keys.shares import Share, SharesDoNotOpen, SharesDouble, ShareWrong, TooFewShares
from tests import makers
from tests.conftest import leave_out

SEED = bytes(range(16))


@pytest.fixture(scope="module")
def dealt():
    return shares.split(SEED, 3, 5)


@pytest.fixture
def ring(tmp_path):
    return Keyring.make(makers.config(tmp_path))


def test_any_three_of_five_open_and_in_any_order(dealt):
    made, given = dealt
    for some in itertools.permutations(given, 3):
        assert shares.combine(some, made) == SEED


def test_fewer_than_are_needed_say_how_many_are(dealt):
    made, given = dealt
    with pytest.raises(TooFewShares, match="2 shares were given, and 3 of 5"):
        shares.combine(given[:2], made)


def test_the_same_share_twice_is_told_by_its_number(dealt):
    made, given = dealt
    with pytest.raises(SharesDouble, match="share 2 was given twice"):
        shares.combine([given[1], given[0], given[1]], made)


def test_a_share_of_another_set_is_told_apart(dealt):
    made, given = dealt
    other = shares.split(SEED, 3, 5)[1]
    with pytest.raises(ShareWrong, match=f"share 4 is of set {other[3].set_id.hex()}"):
        shares.combine([given[0], given[1], other[3]], made)


@pytest.mark.parametrize("field", ["index", "k", "n", "value", "signature"])
def test_a_share_changed_anywhere_is_named_and_not_combined(dealt, field):
    made, given = dealt
    old = getattr(given[2], field)
    new = old ^ 1 if isinstance(old, int) else bytes([old[0] ^ 1]) + old[1:]
    changed = dataclasses.replace(given[2], **{field: new})
    with pytest.raises(ShareWrong, match="its signature does not hold"):
        shares.combine([given[0], given[1], changed], made)


def test_shares_of_another_secret_under_a_good_signature_are_found_by_the_check_value(dealt):
    made, given = dealt
    with pytest.raises(SharesDoNotOpen, match="check value"):
        shares.combine(given[:3], dataclasses.replace(made, check=bytes(8)))


def test_the_scheme_itself_says_nothing_about_a_wrong_share():
    dealt = Shamir.split(2, 3, SEED)
    wrong = [(dealt[0][0], dealt[0][1]), (dealt[1][0], bytes(16))]

    assert Shamir.combine(wrong) != SEED, "this is why shares carry signatures and the set a check value"


def test_a_share_on_paper_is_read_back_with_any_spacing_and_case(dealt):
    for share in dealt[1]:
        typed = share.to_text().lower().replace(" ", "\n  ")
        assert shares.read(typed) == share


def test_a_slip_of_the_pen_is_told_with_its_group(dealt):
    groups = dealt[1][0].to_text().split()
    slips = 0
    for number, group in enumerate(groups, start=1):
        for place, letter in enumerate(group[:-1]):
            other = "A" if letter != "A" else "B"
            slip = groups.copy()
            slip[number - 1] = group[:place] + other + group[place + 1 :]
            try:
                shares.read(" ".join(slip))
            except ShareWrong as told:
                slips += f"group {number}," in str(told)
    assert slips >= 0.9 * sum(len(group) - 1 for group in groups)


def test_groups_that_changed_places_or_are_missing_are_no_share(dealt):
    groups = dealt[1][0].to_text().split()
    swapped = [groups[1], groups[0], *groups[2:]]
    with pytest.raises(ShareWrong, match="group 1"):
        shares.read(" ".join(swapped))
    with pytest.raises(ShareWrong, match="missing"):
        shares.read(" ".join(groups[:-1]))
    with pytest.raises(ShareWrong):
        shares.read("")


@pytest.mark.parametrize(("k", "n"), [(1, 3), (4, 3), (0, 0), (2, 256)])
def test_numbers_that_make_no_sense_are_refused(k, n):
    with pytest.raises(ShareWrong):
        shares.split(SEED, k, n)


def test_the_master_key_comes_back_from_shares_and_from_no_fewer(ring):
    given = recovery.make(ring, 3, 5)
    kept = recovery.read(ring.folder / recovery.FILE)

    assert recovery.opened(kept, given[2:]).key == ring.master.plain()
    with pytest.raises(TooFewShares):
        recovery.opened(kept, given[:2])


def test_a_recovery_file_that_was_changed_is_told_from_wrong_shares(ring):
    given = recovery.make(ring, 2, 3)
    kept = recovery.read(ring.folder / recovery.FILE)
    sealed = bytes([kept.sealed[0] ^ 1]) + kept.sealed[1:]

    with pytest.raises(KeysWrong, match="recovery file was changed"):
        recovery.opened(dataclasses.replace(kept, sealed=sealed), given[:2])
    with pytest.raises(KeysWrong, match="recovery file was changed"):
        recovery.opened(dataclasses.replace(kept, master="0" * 16), given[:2])


def test_a_new_master_key_is_put_under_the_same_shares_without_their_holders(ring):
    given = recovery.make(ring, 2, 3)
    ring.begin_turning()
    assert recovery.renew(ring)
    ring.finish_turning()

    again = recovery.opened(recovery.read(ring.folder / recovery.FILE), given[1:])
    assert again.key == ring.master.plain()


def test_neither_the_file_nor_fewer_shares_hold_the_key_in_the_clear(ring):
    given = recovery.make(ring, 2, 3)
    key = ring.master.plain()
    written = (ring.folder / recovery.FILE).read_bytes() + given[0].to_bytes()

    assert key not in written
    assert key.hex().encode() not in written


def test_another_program_of_the_same_scheme_gives_the_same_seed():
    program = shutil.which("ssss-combine")
    if program is None:
        leave_out("ssss-combine is not there: run `make engines`")
    dealt = Shamir.split(3, 5, SEED, ssss=True)
    typed = "".join(f"{index}-{value.hex()}\n" for index, value in dealt[1:4])

    said = subprocess.run(
        [program, "-t", "3", "-x", "-D", "-q"], input=typed, capture_output=True, text=True, check=True
    )

    assert re.search(SEED.hex(), said.stdout + said.stderr)


def test_a_share_names_its_set_its_number_and_how_many_are_needed(dealt):
    made, given = dealt
    for share in given:
        assert isinstance(share, Share)
        assert (share.set_id, share.k, share.n) == (made.set_id, 3, 5)
    assert [one.index for one in given] == [1, 2, 3, 4, 5]
