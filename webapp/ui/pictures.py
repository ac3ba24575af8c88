"""Pictures in rendered Markdown: from the name in the text to the address, the size and the choice of widths.

Markdown is rendered once for all requests and all sizes of window, so there a picture has only its name.
"""

from __future__ import annotations

import re

from webapp.content.media.names import named
from webapp.web import current, media
from webapp.web.prefix import rooted

#: what `content.markdown` writes for a picture and nh3 has cleaned
_PICTURE = re.compile(r'<img src="(media/[^"]*)" alt="([^"]*)">')
#: a column of text is as wide as the window, and at most what tokens.css calls a measure
_SIZES = "(min-width: 41rem) 39rem, 100vw"


def placed(html: str) -> str:
    """Cleaned HTML of the course with its pictures and its links where they lie on this site."""
    return _PICTURE.sub(_shown, rooted(html)) if '<img src="media/' in html else rooted(html)


def _shown(match: re.Match[str]) -> str:
    """The picture with its size, so that nothing jumps when it comes; its words where it is no longer there."""
    picture = named(match[1], current.course().pictures)
    if picture is None:
        return match[2]
    offered = media.addresses(picture)
    several = ", ".join(f"{address} {width}w" for address, width in offered) if len(offered) > 1 else ""
    # The middle one serves browsers that know no srcset.
    source = offered[len(offered) // 2][0]
    return (
        f'<img class="picture" src="{source}"'
        + (f' srcset="{several}" sizes="{_SIZES}"' if several else "")
        + f' width="{picture.width}" height="{picture.height}" alt="{match[2]}" loading="lazy" decoding="async">'
    )
