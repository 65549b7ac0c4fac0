"""Every file that owns a table: only `app` sees them all, so the whole schema is known here and nowhere else."""

from types import ModuleType
from typing import Final

from sqlalchemy import MetaData

from cases import access, docket, people
from core import accounts, approvals, jobs
from core.db import Base
from core.ledger import entries
from evidence import authorities, exhibits, files, incidents, intake, keyring, text
from evidence.money import layouts, records
from evidence.selectors import rows
from exports import numbering, register, shelf
from search.answers import searches

OWNERS: Final[tuple[ModuleType, ...]] = (
    access,
    accounts,
    approvals,
    authorities,
    docket,
    entries,
    exhibits,
    files,
    incidents,
    intake,
    jobs,
    keyring,
    layouts,
    numbering,
    people,
    records,
    register,
    rows,
    searches,
    shelf,
    text,
)
METADATA: Final[MetaData] = Base.metadata
