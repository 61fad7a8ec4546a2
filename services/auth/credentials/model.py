"""What can go wrong when credentials change."""

from services.kit.errors import Kind, ServiceError


class MailOff(ServiceError):
    """This Parley sends no mail. Ask whoever runs it for a new password."""

    kind = Kind.PRECONDITION
    reason = "MAIL_OFF"
