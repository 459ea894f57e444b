"""Personal data in captions: found, told by kind, never repeated."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasons import reasons

from toolkit.curate.captions.payment_numbers import is_card_number, starts_with_iban
from toolkit.curate.captions.personal_data import KINDS, CaptionPersonalData, personal_data_in
from toolkit.curate.captions.recipe import CaptionRecipe
from toolkit.curate.captions.rules import rules
from toolkit.curate.scorer import Batch


@pytest.mark.parametrize(
    ("kind", "captions"),
    [
        (
            "email",
            "write to jane.doe@example.org|a+b@example.co.uk now|me [at] example.com|ünï@exämple.de|j@a.museum",
        ),
        ("phone", "+49 30 1234567|call +1 (555) 010-1234 now|0044 20 7946 0958|+33 6 12 34 56 78|+4915112345678"),
        ("phone", "(212) 555-0123|1-212-555-0123|212.555.0123|020 7946 0958|06 12 34 56 78|030 1234567"),
        ("phone", "Tel.: 555 0123|phone: 5550123|WhatsApp +55 11 91234-5678"),
        ("card", "4111 1111 1111 1111|card 5500-0000-0000-0004|378282246310005"),
        ("iban", "DE89 3704 0044 0532 0130 00|IBAN: GB82WEST12345698765432 BIC X|FR14 2004 1010 0505 0001 3M02 606"),
        ("handle", "photo by @jane_doe|@nasa|(via @some.one)|follow @9gag!"),
    ],
)
def test_personal_data_are_found(kind: str, captions: str) -> None:
    found = {caption: personal_data_in(caption) for caption in captions.split("|")}
    assert found == {caption: [kind] for caption in found}


@pytest.mark.parametrize(
    "caption",
    [
        "Part of the Flat Icon Collection (Wed Aug 25 23:29:46 2004)",
        "2004-08-25 23:29:46",
        "01.02.2003 14 Uhr",
        "1999-2004",
        "1920x1080",
        "ISBN 978-0-306-40615-7",
        "ISBN 0-306-40615-2",
        "1,234,567,890 dollars",
        "10 000 000 000",
        "IMG_20200101_123456",
        "4111 1111 1111 1112",
        "12345678901234567890",
        "192.168.100.200",
        "NGC 1234 5678 91011",
        "the cell 2010-2011 2012 cover",
        "call of duty 4 2007",
        "DE89 3704 0044 0532 0130 01",
        "icon@2x",
        "@2x",
        "tea @ home",
        "a bat (at night)",
    ],
)
def test_other_numbers_and_signs_are_none(caption: str) -> None:
    assert personal_data_in(caption) == []


@given(st.sampled_from(["4", "51", "34", "6011", "65", "2221", "3530"]), st.integers(0, 10**15))
def test_a_card_number_is_one_of_ten(prefix: str, number: int) -> None:
    length = 15 if prefix == "34" else 16
    body = (prefix + str(number).zfill(15))[: length - 1]
    assert sum(is_card_number(f"{body}{check}") for check in range(10)) == 1


@given(st.sampled_from(["DE 22", "GB 22", "FR 27", "NO 15", "MT 31"]), st.integers(0, 2**63))
def test_an_iban_is_one_of_ninety_seven_and_more_text_may_follow(country: str, seed: int) -> None:
    code, length = country.split()
    body = "".join(random.Random(seed).choices("0123456789ABCXYZ", k=int(length) - 4))
    valid = [check for check in range(2, 99) if starts_with_iban(f"{code}{check:02}{body}REST")]
    assert len(valid) == 1  # check digits 02 to 98, one a remainder
    assert not starts_with_iban(f"{code}{valid[0]:02}{body}"[:-1])


SECRETS = ["jane.doe@example.org", "+49 30 1234567", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "@jane_doe"]


def test_reasons_say_the_kind_and_never_the_data() -> None:
    captions = ["a cat", *(f"a cat, {secret} it says" for secret in SECRETS), "jane.doe@example.org +49 30 1234567"]
    scores = CaptionPersonalData().score(Batch(captions=captions))
    assert list(scores["caption_personal_data"]) == ["", *KINDS, "email, phone"]
    rows = pa.table({"sample_id": [str(row) for row in range(len(captions))], **scores})
    (rule,) = (one for one in rules(CaptionRecipe()) if one.name == "caption_personal_data")
    taken = reasons(rule.judge(rows))
    assert sorted(taken) == [1, 2, 3, 4, 6]  # handles are spared unless the recipe says otherwise
    assert taken[6].text == "caption holds an e-mail address and holds a telephone number"
    assert not any(secret in "".join(reason) for secret in SECRETS for reason in taken.values())


def test_a_recipe_may_set_such_rows_apart() -> None:
    asked = CaptionRecipe(personal_data=("handle",), personal_data_status="quarantined")
    (rule,) = (one for one in rules(asked) if one.name == "caption_personal_data")
    assert rule.status == "quarantined"
    rows = pa.table({"sample_id": ["a", "b"], "caption_personal_data": ["email", "email, handle"]})
    assert {row: one.value for row, one in reasons(rule.judge(rows)).items()} == {1: "handle"}


@given(st.text(max_size=200))
def test_any_text_has_known_kinds_in_order(caption: str) -> None:
    found = personal_data_in(caption)
    assert found == [kind for kind in KINDS if kind in found]
