"""Assignment: numbers that anyone can check with a SHA-256, even splits, and splits that do not hang together."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from fractions import Fraction

import pytest
from helpers import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st
from trials import experiment

from stylo.experiments.assignment import assign, fraction
from stylo.experiments.experiment import Experiment, Variant

CUSTOMERS = [hashlib.sha256(f"customer {number}".encode()).hexdigest() for number in range(20_000)]
NAMES = experiment().names


def test_the_number_of_a_text_is_the_beginning_of_its_sha_256() -> None:
    # SHA-256 of "abc" is ba7816bf 8f01cfea 414140de …: FIPS 180-2, appendix B.1.
    assert fraction("abc") == (0xBA7816BF8F01CFEA >> 11) / 2**53
    # e3b0c442 98fc1c14 …, of nothing: NIST's test vectors.
    assert fraction("") == pytest.approx(0xE3B0C442 / 2**32, abs=2**-32)


@given(st.text(max_size=70))
def test_the_number_is_below_one_and_exact_to_53_bits(text: str) -> None:
    number = fraction(text)
    whole = Fraction(int(hashlib.sha256(text.encode()).hexdigest(), 16), 2**256)
    assert 0 <= number < 1
    assert 0 <= whole - Fraction(number) < Fraction(1, 2**53)


def test_a_customer_gets_what_the_hashes_say() -> None:
    trial = experiment()
    for customer in CUSTOMERS[:200]:
        in_layer = hashlib.sha256(f"layer/ranking/{customer}".encode()).hexdigest()
        of_variant = hashlib.sha256(f"variant/2020-09/{customer}".encode()).hexdigest()
        found = assign(trial, customer)
        # A quarter to a half of the layer: the first digit is 4, 5, 6 or 7. Below a half: 0 to 7.
        assert (found is not None) == (in_layer[0] in "4567")
        if found is not None:
            assert (found.name == "control") == (of_variant[0] in "01234567")


def test_another_process_with_other_seeds_says_the_same() -> None:
    whole = experiment(slot=(0.0, 1.0))
    ours = [str(fraction(f"variant/{whole.salt}/{customer}")) for customer in CUSTOMERS[:20]]
    code = (
        "import sys; from stylo.experiments.assignment import fraction;"
        f"print(*[fraction(f'variant/{whole.salt}/{{c}}') for c in sys.stdin.read().split()])"
    )
    theirs = subprocess.run(
        [sys.executable, "-c", code],
        input=" ".join(CUSTOMERS[:20]),
        env={"PYTHONHASHSEED": "99", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert theirs.stdout.split() == ours


def assert_shares(counts: Counter[str], shares: dict[str, float]) -> None:
    """Counts are within five standard deviations of the binomial's mean: by chance once in some 10⁶ runs."""
    total = sum(counts.values())
    for name, share in shares.items():
        assert abs(counts[name] - total * share) < 5 * (total * share * (1 - share)) ** 0.5, name


def test_customers_are_split_as_the_shares_say() -> None:
    shares = {"control": 0.6, "a": 0.3, "b": 0.1}
    three = experiment(slot=(0.0, 1.0), variants=tuple(Variant(*each) for each in shares.items()))
    found = variants(three)
    assert None not in found
    assert_shares(Counter(map(str, found)), shares)


def test_a_slot_takes_its_part_of_the_layer() -> None:
    assert_shares(Counter(str(name is not None) for name in variants(experiment())), {"True": 0.25})


def test_slots_side_by_side_share_no_customer_and_lose_none() -> None:
    slots = [(0.0, 0.3), (0.3, 0.7), (0.7, 1.0)]
    trials = [experiment(slot=slot) for slot in slots]
    for customer in CUSTOMERS[:2000]:
        assert sum(assign(trial, customer) is not None for trial in trials) == 1


def variants(trial: Experiment) -> list[str | None]:
    return [found.name if (found := assign(trial, customer)) else None for customer in CUSTOMERS]


def test_another_salt_deals_out_anew() -> None:
    both = zip(variants(experiment()), variants(experiment(salt="2020-10")), strict=True)
    pairs = Counter(f"{one}, {other}" for one, other in both if one and other)
    assert_shares(pairs, {f"{one}, {other}": 1 / 4 for one in NAMES for other in NAMES})


def test_another_layer_draws_other_customers() -> None:
    both = zip(variants(experiment()), variants(experiment(layer="mail")), strict=True)
    assert_shares(Counter(str(None not in pair) for pair in both), {"True": 1 / 16})


def test_the_slot_says_nothing_about_the_variant() -> None:
    for slot in [(0.0, 0.5), (0.5, 1.0)]:
        found = Counter(name for name in variants(experiment(slot=slot)) if name)
        assert_shares(found, dict.fromkeys(NAMES, 0.5))


def test_shares_that_fall_short_of_one_by_rounding_leave_nobody_out() -> None:
    short = tuple(Variant(name, 0.3333333) for name in "abc")
    assert None not in variants(experiment(slot=(0.0, 1.0), variants=short))
