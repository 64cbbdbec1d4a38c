"""A small registry to break in tests: the fixed cast, one file for each table, written where a test wants it."""

from pathlib import Path

TABLES = {
    "insurers": "insurer_id,name,kind\nKOU,甲損害保険株式会社,nonlife\nOTSU,乙損害保険,nonlife\nHEI,丙生命保険,life\n",
    "agencies": "agency_id,name\nAOBA,青葉保険サービス株式会社\nMIDORI,みどり保険事務所\n",
    "appointments": "insurer_id,agency_id,line,start,end\nKOU,AOBA,nonlife,2020-04-01,\n"
    "HEI,AOBA,life,2020-04-01,2024-03-31\n",
    "supervisions": "supervising_agency_id,working_agency_id,start,end\nAOBA,MIDORI,2021-04-01,\n",
    "people": "person_id,name,party_id,start,end\nP-SATO,佐藤,KOU,2010-04-01,\nP-AOBA1,青木,AOBA,2015-04-01,\n",
    "secondments": "person_id,home_insurer_id,host_agency_id,start,end\nP-SATO,KOU,AOBA,2023-04-01,2025-03-31\n",
    "policies": (
        "policy_no,insurer_id,agency_id,line,holder_name,start_date,expiry_date\n"
        "KA-0001,KOU,AOBA,nonlife,山田　太郎,2024-04-01,2025-04-01\n"
        "KA-0002,KOU,AOBA,nonlife,株式会社山田商店,2024-04-01,2025-04-01\n"
    ),
}


def write(folder: Path, **changes: str | bytes | None) -> Path:
    """The registry in ``folder``; ``changes`` replace the text of a table, add one, or (None) leave one out."""
    folder.mkdir(exist_ok=True)
    for name, content in {**TABLES, **changes}.items():
        if isinstance(content, bytes):
            (folder / f"{name}.csv").write_bytes(content)
        elif content is not None:
            (folder / f"{name}.csv").write_text(content, encoding="utf-8", newline="")
    return folder
