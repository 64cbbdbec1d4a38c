"""The tables as data: keys and references name what is there, types are those of the contract."""

import pyarrow as pa
import pytest

from sekisho.registry.schema import ID_COLUMN, TABLES, Table

CONTRACT = {
    "insurers": "insurer_id name kind group aliases",
    "agencies": "agency_id name aliases registration_no contact",
    "offices": "office_id party_id name head_office",
    "appointments": "insurer_id agency_id line start end",
    "supervisions": "supervising_agency_id working_agency_id start end",
    "people": "person_id name kana party_id office_id role start end",
    "secondments": "person_id home_insurer_id host_agency_id start end",
    "duties": "person_id party_id insurer_id line office_id own_only start end",
    "addresses": "address person_id party_id start end",
    "accounts": "account_id system person_id party_id start end",
    "policies": "policy_no insurer_id agency_id working_agency_id producer_id office_id line product source holder_name"
    " holder_kana holder_kind birth_date sex postal_code address phone mobile fax email insured_name beneficiary_name"
    " start_date expiry_date premium has_claim my_number",
    "transfers": "policy_no insurer_id agency_id working_agency_id start end",
    "consents": "policy_no insurer_id recipient_id purpose items start end withdrawn_on evidence",
    "joint_uses": "joint_use_id party_ids purpose items start end",
}


def test_tables_and_columns_are_those_of_the_contract() -> None:
    assert {name: " ".join(c.name for c in table.columns) for name, table in TABLES.items()} == CONTRACT


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_names_in_a_table_are_its_own(table: Table) -> None:
    for name in (*table.key, *table.relation, *table.one_of):
        assert table.has(name)
    for column in table.columns:
        assert set(column.refers_to) <= set(ID_COLUMN)


def test_types() -> None:
    policies, consents = TABLES["policies"].arrow_schema, TABLES["consents"].arrow_schema
    assert [policies.field(n).type for n in ("expiry_date", "premium", "has_claim", "policy_no")] == [
        pa.date32(), pa.int64(), pa.bool_(), pa.string(),
    ]  # fmt: skip
    assert consents.field("items_mask").type == pa.int64()


def test_only_my_number_is_secret() -> None:
    assert [(t.name, c.name) for t in TABLES.values() for c in t.columns if c.secret] == [("policies", "my_number")]
