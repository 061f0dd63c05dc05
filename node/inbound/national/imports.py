"""Importing national case exports: the mapping and its files in, progress and problems out."""

import hashlib
from concurrent.futures import Executor
from typing import Annotated

from fastapi import APIRouter, Depends, File, UploadFile
from sqlmodel import col, select

from node.case_files.mapping import Mapping
from node.case_files.reading import count_rows, read_rows
from node.flows.import_case import ImportCase
from node.flows.keep_officers import KeepOfficers
from node.inbound.national.guards import in_role
from node.inbound.national.models import ImportedRow, ImportProblemShown, ImportShown
from node.inbound.problems import NotFound
from node.officers import Analyst
from node.store.tables import CaseImport, ChangedWhilePublished, ImportProblem


def routes(officers: KeepOfficers, story: ImportCase, executor: Executor) -> APIRouter:
    """POST /v1/imports, GET /v1/imports/{id}."""
    router = APIRouter(prefix="/v1/imports", tags=["imports"])
    analyst = Depends(in_role(officers, Analyst))

    @router.post("", status_code=202, summary="Import a case export")
    def post_import(
        officer: Annotated[Analyst, analyst],
        mapping: Annotated[bytes, File()],
        files: Annotated[list[UploadFile], File(min_length=1, max_length=16)],
    ) -> ImportShown:
        read_mapping = Mapping.from_json(mapping)
        contents = {file.filename or "": file.file.read() for file in files}
        total = count_rows(read_mapping, contents)
        digest = hashlib.sha256(mapping)
        for name in sorted(contents):
            digest.update(hashlib.sha256(contents[name]).digest())
        import_id = story.begin(officer, digest.hexdigest(), total)
        with story.database.read() as work:
            today = work.today()
        executor.submit(story.run, import_id, read_rows(read_mapping, contents, today))
        return _shown(story, import_id)

    @router.get("/{import_id}", summary="Where an import stands")
    def get_import(_officer: Annotated[Analyst, analyst], import_id: str) -> ImportShown:
        return _shown(story, import_id)

    return router


def _shown(story: ImportCase, import_id: str) -> ImportShown:
    with story.database.read() as work:
        held = work.session.get(CaseImport, import_id)
        if held is None:
            raise NotFound("unknown_import")
        problems = work.session.exec(
            select(ImportProblem).where(ImportProblem.import_id == import_id).order_by(col(ImportProblem.id))
        ).all()
        changed = work.session.exec(
            select(ChangedWhilePublished)
            .where(ChangedWhilePublished.import_id == import_id)
            .order_by(col(ChangedWhilePublished.file), col(ChangedWhilePublished.line))
        ).all()
        return ImportShown.model_validate(
            {
                **held.model_dump(exclude={"officer_id", "file_digest", "created"}),
                "publish_again": [ImportedRow(file=row.file, line=row.line) for row in changed],
                "problems": [
                    ImportProblemShown(file=row.file, line=row.line, column=row.column, reason=row.reason) for row in problems
                ],
            }
        )
