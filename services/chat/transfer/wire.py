"""Exports and imports as protobuf."""

from parley.chat.v1 import transfer_service_pb2 as pb
from services.chat.transfer.model import ImportJob, ImportName, Progress
from services.kit.times import timestamp


def to_import_job(name: ImportName, job: ImportJob) -> pb.ImportJob:
    """Put an import on the wire."""
    return pb.ImportJob(
        name=str(ImportName(name.user_id, job.id)),
        size_bytes=job.size_bytes,
        uploaded_bytes=job.uploaded_bytes,
        create_time=timestamp(job.create_time),
    )


def to_progress(progress: Progress) -> pb.RunImportResponse:
    """Put how far an import is on the wire."""
    job = progress.job
    response = pb.RunImportResponse(
        read_bytes=progress.read_bytes,
        size_bytes=job.size_bytes,
        imported_conversations=job.imported_conversations,
        imported_messages=job.imported_messages,
        skipped=[
            pb.RunImportResponse.Skipped(
                index=read.index, title=read.title, problem=read.problem
            )
            for read in progress.skipped
        ],
        skipped_count=job.skipped_count,
    )
    if progress.done:
        response.done.complete = not progress.problem
        response.done.problem = progress.problem
    return response
