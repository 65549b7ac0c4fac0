"""Every file that owns a table: only `app` sees them all, so the whole schema is known here and nowhere else."""

from types import ModuleType
from typing import Final

from sqlalchemy import MetaData

from cases import access, docket, people
from core import accounts, approvals, jobs
from core.db import Base
from core.ledger import checkpoints, entries, tiles
from evidence import authorities, exhibits, files, incidents, intake, keyring, text
from evidence.audits import rows as audits
from evidence.ending import restrictions, retention, tombstones
from evidence.ending import rows as endings
from evidence.kits import labels as kits
from evidence.money import layouts, records
from evidence.selectors import rows
from evidence.storeroom import places, seals
from evidence.uploads import rows as uploads
from exports import numbering, register, shelf
from search.answers import searches

OWNERS: Final[tuple[ModuleType, ...]] = (
    access,
    accounts,
    approvals,
    audits,
    authorities,
    checkpoints,
    docket,
    endings,
    entries,
    exhibits,
    files,
    incidents,
    intake,
    jobs,
    keyring,
    kits,
    layouts,
    numbering,
    people,
    places,
    records,
    register,
    restrictions,
    retention,
    rows,
    seals,
    searches,
    shelf,
    text,
    tiles,
    tombstones,
    uploads,
)
METADATA: Final[MetaData] = Base.metadata
