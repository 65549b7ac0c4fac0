"""Every file that owns a table: only `app` sees them all, so the whole schema is known here and nowhere else."""

from types import ModuleType
from typing import Final

from sqlalchemy import MetaData

from cases import access, docket, people
from core import accounts, approvals, jobs
from core.db import Base
from core.ledger import checkpoints, entries, tiles, timestamps
from core.ledger.outside import vouching
from evidence import authorities, derivation, exhibits, incidents, intake, keyring, text
from evidence.audits import rows as audits
from evidence.continuity import statements
from evidence.data_orders import rows as data_orders
from evidence.ending import restrictions, retention, tombstones
from evidence.ending import rows as endings
from evidence.files import rows as files
from evidence.integrity import schedule
from evidence.kits import labels as kits
from evidence.money import layouts, records
from evidence.online import rows as online
from evidence.possession import orders, photographs
from evidence.selectors import rows
from evidence.storeroom import places, seals
from evidence.uploads import rows as uploads
from exports import attestation, doubts, numbering, register, shelf
from search.answers import searches

OWNERS: Final[tuple[ModuleType, ...]] = (
    access,
    accounts,
    approvals,
    attestation,
    audits,
    authorities,
    checkpoints,
    data_orders,
    derivation,
    docket,
    doubts,
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
    online,
    orders,
    people,
    photographs,
    places,
    records,
    register,
    restrictions,
    retention,
    rows,
    seals,
    schedule,
    searches,
    shelf,
    statements,
    text,
    tiles,
    timestamps,
    tombstones,
    uploads,
    vouching,
)
METADATA: Final[MetaData] = Base.metadata
