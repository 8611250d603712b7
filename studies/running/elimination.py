"""The rounds of a study whose budget goes by successive rejects: who goes on, and who gets no further trials."""

from collections.abc import Sequence

from studies.running.lane import Lane


class Rejects:
    """Gives the lanes of a study their trials round by round; nothing to do where all have the same budget."""

    def __init__(self, rounds: Sequence[int], lanes: Sequence[Lane]) -> None:
        """Begin, or go on where the lanes stand.

        Args:
            rounds: trials of each lane at the end of each round, rising; empty for the same budget.
            lanes: all of them.
        """
        self._rounds, self._standing = list(rounds), list(lanes)
        self.advance()

    def advance(self) -> None:
        """Close the lane that a round drops once all its trials have ended, and open the next round to the others."""
        while self._rounds:
            if len(self._rounds) > 1:
                trials = self._rounds[0]
                if any(lane.finished < trials for lane in self._standing):
                    return
                worst = max(self._standing, key=lambda lane: (lane.best_of_first(trials), lane.combination))
                worst.close()
                self._standing.remove(worst)
            self._rounds.pop(0)
            for lane in self._standing:
                lane.extend(self._rounds[0]) if self._rounds else lane.close()
