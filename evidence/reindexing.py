"""Ask for files to be indexed anew, when what may stand in the index about them has changed."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import jobs
from evidence.files import File


def ask_for_case(session: Session, case_id: UUID) -> int:
    """Promise that every file of a case is indexed anew, and give their number."""
    files = list(session.scalars(select(File.id).where(File.case_id == case_id)))
    for file_id in files:
        jobs.enqueue(session, "index", file_id)
    return len(files)
