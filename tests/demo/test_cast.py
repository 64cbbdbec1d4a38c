"""The relations hang together: every id exists, the cast is there."""

from sekisho.demo import cast


def test_every_id_is_known() -> None:
    parties = {row["insurer_id"] for row in cast.INSURERS} | {row["agency_id"] for row in cast.AGENCIES}
    people = {person.person_id for person in cast.PEOPLE}
    offices = {row["office_id"]: row["party_id"] for row in cast.OFFICES}
    for person in cast.PEOPLE:
        assert offices[person.office] == person.party
    for rows, column in (
        (cast.APPOINTMENTS, "insurer_id"),
        (cast.APPOINTMENTS, "agency_id"),
        (cast.SUPERVISIONS, "supervising_agency_id"),
        (cast.SUPERVISIONS, "working_agency_id"),
        (cast.SECONDMENTS, "host_agency_id"),
        (cast.account_rows(), "party_id"),
    ):
        assert {row[column] for row in rows} <= parties
    for rows in (cast.SECONDMENTS, cast.DUTIES, cast.account_rows()):
        assert {row["person_id"] for row in rows} <= people


def test_addresses_are_unique_and_invented() -> None:
    addresses = [row["address"] for row in cast.address_rows()]
    assert len(set(addresses)) == len(addresses)
    assert all(address.endswith((".example.jp", "@example.com")) for address in addresses)


def test_local_parts_name_one_person() -> None:
    assert len(cast.PERSON) == len(cast.PEOPLE)


def test_the_leaver_has_an_end_but_an_open_account() -> None:
    person = cast.PERSON[cast.LEAVER]
    row = next(row for row in cast.people_rows() if row["person_id"] == person.person_id)
    account = next(row for row in cast.account_rows() if row["person_id"] == person.person_id)
    assert row["end"] == cast.LEFT_ON
    assert account["end"] == ""
