"""Pictures and recordings in rendered Markdown: from the name in the text to what a browser shows and plays.

Markdown is rendered once for all requests and all sizes of window, so there they have only their name.
"""

from __future__ import annotations

import re

from flask_babel import gettext as _
from markupsafe import Markup

from webapp.content.media.names import LISTENING, SOUND, Medium, is_recording, named
from webapp.web import current, media
from webapp.web.prefix import rooted

#: what `content.markdown` writes for one and nh3 has cleaned; a recording that is a paragraph of its own is a figure
_MEDIUM = re.compile(r'<img src="(media/[^"]*)" alt="([^"]*)"(?: title="([a-z]*)")?>')
_ALONE = re.compile(rf"<p>{_MEDIUM.pattern}</p>")
#: a column of text is as wide as the window, and at most what tokens.css calls a measure
_SIZES = "(min-width: 41rem) 39rem, 100vw"


def placed(html: str) -> str:
    """Cleaned HTML of the course with its pictures, its recordings and its links where they lie on this site."""
    html = rooted(html)
    if '<img src="media/' not in html:
        return html
    return _MEDIUM.sub(_inline, _ALONE.sub(_figure, html))


def on_paper(html: str) -> str:
    """The same for a page that is printed: pictures are fetched before they are looked at, and of a recording there is
    its title and, unless listening is the task, its words."""
    html = rooted(html)
    return _MEDIUM.sub(_printed, html) if '<img src="media/' in html else html


def _printed(match: re.Match[str]) -> str:
    medium = _medium(match[1])
    if medium is None:
        return match[2]
    if not is_recording(medium.name):
        return _picture(medium, match[2]).replace(' loading="lazy" decoding="async"', "")
    said = _("Recording: %(title)s. It is played to you.", title=Markup(match[2]))  # noqa: S704 - made safe by nh3
    cues = () if match[3] == LISTENING else current.course().captions.get(medium.captions, ())
    words = Markup(" ").join(cue.text for cue in cues)
    return str(Markup('<span class="print-recording">{} {}</span>').format(said, words))


def _medium(name: str) -> Medium | None:
    """None also on a page of the whole site, such as the style guide, which shows no course's pictures."""
    here = current.course_or_none()
    return named(name, here.media) if here is not None else None


def _inline(match: re.Match[str]) -> str:
    """What is named, with its size, so that nothing jumps when it comes; its words where it is no longer there."""
    medium = _medium(match[1])
    if medium is None:
        return match[2]
    if not is_recording(medium.name):
        return _picture(medium, match[2])
    said = "" if match[3] == LISTENING else _words_elsewhere(medium)
    return _player(medium, match[2], listening=match[3] == LISTENING) + said


def _figure(match: re.Match[str]) -> str:
    """A recording with its title, and its words below it to be opened; anything else as it was."""
    medium = _medium(match[1])
    if medium is None or not is_recording(medium.name):
        return match[0]
    listening = match[3] == LISTENING
    words = "" if listening else _words_below(medium)
    caption = f"<figcaption>{match[2]}</figcaption>"
    return f'<figure class="recording">{_player(medium, match[2], listening=listening)}{caption}{words}</figure>'


def _picture(medium: Medium, alt: str) -> str:
    offered = media.addresses(medium)
    several = ", ".join(f"{address} {width}w" for address, width in offered) if len(offered) > 1 else ""
    # The middle one serves browsers that know no srcset.
    source = offered[len(offered) // 2][0]
    return (
        f'<img class="picture" src="{source}"'
        + (f' srcset="{several}" sizes="{_SIZES}"' if several else "")
        + f' width="{medium.width}" height="{medium.height}" alt="{alt}" loading="lazy" decoding="async">'
    )


def _player(medium: Medium, title: str, *, listening: bool) -> str:
    """Sound or video with the browser's own controls. Nothing is fetched before somebody wants to hear it."""
    source = media.addresses(medium)[0][0]
    if medium.ending in SOUND:
        return f'<audio class="player" controls preload="none" src="{source}" aria-label="{title}"></audio>'
    cues = () if listening else current.course().captions.get(medium.captions, ())
    track = ""
    if cues:
        label = Markup('<track kind="captions" default srclang="{}" label="{}" src="{}">')
        track = label.format(current.course().language, _("Captions"), media.captions(cues))
    size = f'width="{medium.width}" height="{medium.height}"'
    return (
        f'<video class="player" controls playsinline preload="none" {size} src="{source}" aria-label="{title}">'
        f"{track}</video>"
    )


def _words_below(medium: Medium) -> str:
    cues = current.course().captions.get(medium.captions, ())
    if not cues:
        return ""
    lines = Markup("").join(Markup("<p>{}</p>").format(cue.text) for cue in cues)
    return str(Markup('<details class="more"><summary>{}</summary>{}</details>').format(_("Transcript"), lines))


def _words_elsewhere(medium: Medium) -> str:
    """Within a line there is no room for them: a link that leaves the page, and what is typed on it, open."""
    cues = current.course().captions.get(medium.captions, ())
    if not cues:
        return ""
    link = Markup(' <a href="{}" target="_blank" rel="noopener">{}</a>')
    return str(link.format(media.transcript(cues), _("Transcript (in a new tab)")))
