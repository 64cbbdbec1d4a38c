"""The relations hang together: every id exists, the cast is there."""

from sekisho.demo import industry


def test_every_id_is_known() -> None:
    parties = {row["insurer_id"] for row in industry.INSURERS} | {row["agency_id"] for row in industry.AGENCIES}
    people = {person.person_id for person in industry.PEOPLE}
    offices = {row["office_id"]: row["party_id"] for row in industry.OFFICES}
    for person in industry.PEOPLE:
        assert offices[person.office] == person.party
    for rows, column in (
        (industry.APPOINTMENTS, "insurer_id"),
        (industry.APPOINTMENTS, "agency_id"),
        (industry.SUPERVISIONS, "supervising_agency_id"),
        (industry.SUPERVISIONS, "working_agency_id"),
        (industry.SECONDMENTS, "host_agency_id"),
        (industry.account_rows(), "party_id"),
    ):
        assert {row[column] for row in rows} <= parties
    for rows in (industry.SECONDMENTS, industry.DUTIES, industry.account_rows()):
        assert {row["person_id"] for row in rows} <= people


def test_addresses_are_unique_and_invented() -> None:
    addresses = [row["address"] for row in industry.address_rows()]
    assert len(set(addresses)) == len(addresses)
    assert all(address.endswith((".example.jp", "@example.com")) for address in addresses)


def test_local_parts_name_one_person() -> None:
    assert len(industry.PERSON) == len(industry.PEOPLE)


def test_the_leaver_has_an_end_but_an_open_account() -> None:
    person = industry.PERSON[industry.LEAVER]
    row = next(row for row in industry.people_rows() if row["person_id"] == person.person_id)
    account = next(row for row in industry.account_rows() if row["person_id"] == person.person_id)
    assert row["end"] == industry.LEFT_ON
    assert account["end"] == ""
