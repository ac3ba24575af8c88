"""Why a zip is refused, in sentences for whoever sent it."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from webapp.content import course_zip
from webapp.content.course_zip import UnusableZip, WhyNot

_SENTENCES: Mapping[WhyNot, object] = {
    WhyNot.NO_ZIP: _l("This is no zip. Choose one that was taken out of a course, or pack the folder of one."),
    WhyNot.DAMAGED: _l("The zip is damaged or holds something else than it states. Please make it anew."),
    WhyNot.LOCKED: _l("The zip asks for a password. Please make one without."),
    WhyNot.PACKING: _l("The zip is packed in a way that is not read here. Please make an ordinary one."),
    WhyNot.BOMB: _l("The zip states that it holds far more than files of a course that are packed can hold."),
    WhyNot.PATH: _l("A file in the zip has an address that leads out of its folder."),
    WhyNot.NAME: _l("A file in the zip has a name that not every system can write."),
    WhyNot.LINK: _l("There is a link in the zip. Put the file itself in its place."),
    WhyNot.TWICE: _l("Two files in the zip have the same name."),
    WhyNot.NESTED: _l("There is a packed file in the zip. Unpack it, and pack what belongs to the course."),
    WhyNot.KIND: _l("There is a file in the zip of a kind that no course has. Take it out."),
    WhyNot.NO_COURSE: _l("There is no course in the zip: the file course.yaml is missing."),
    WhyNot.COURSES: _l("There are several courses in the zip. Send one at a time."),
}


def why_not(error: UnusableZip) -> str:
    """The sentence, with the name of the file that it is about."""
    if error.why == WhyNot.FILES:
        said = _("There are more files in the zip than a course has: at most %(num)s.", num=course_zip.MOST_FILES)
    elif error.why == WhyNot.BYTES:
        most = course_zip.MOST_BYTES // 1_000_000
        said = _("What is in the zip is larger than a course may be: at most %(num)s MB, unpacked.", num=most)
    else:
        said = str(_SENTENCES[error.why])
    return f"{said} ({error.name})" if error.name else said
