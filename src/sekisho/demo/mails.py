"""All planted mails: each leak of the seeds once or more, each way of writing it, and what must not count."""

from sekisho.demo.mailroom import MailRoom
from sekisho.demo.mails_agency import lists_to_branches, other_ways_of_writing
from sekisho.demo.mails_entitled import entitled
from sekisho.demo.mails_staff import insurer_staff, secondees, strangers, unreadable
from sekisho.demo.mime import Draft


def planted_mails(room: MailRoom) -> list[Draft]:
    """All scenarios, in order of time. The order decides in which archive each lies."""
    shared = lists_to_branches(room)
    other_ways_of_writing(room)
    insurer_staff(room, shared)
    secondees(room)
    strangers(room)
    unreadable(room)
    entitled(room)
    room.drafts.sort(key=lambda draft: (draft.at, draft.message_id))
    return room.drafts
