from __future__ import annotations

from webapp.database import NAMED_IN_A_QUERY, pieces


def test_long_lists_are_cut_into_pieces_that_a_query_can_name_and_none_is_lost() -> None:
    for length in (0, 1, NAMED_IN_A_QUERY, NAMED_IN_A_QUERY + 1, 5 * NAMED_IN_A_QUERY - 1):
        values = list(range(length))
        cut = list(pieces(values))
        assert [value for piece in cut for value in piece] == values
        assert all(0 < len(piece) <= NAMED_IN_A_QUERY for piece in cut)
