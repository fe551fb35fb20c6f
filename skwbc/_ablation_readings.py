"""What can be read off a fitted study: tables, tests, sentences, files."""

from copy import copy
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skwbc._ablation_compare import compare_arms, compute_intervals, tabulate_classes
from skwbc._ablation_report import write_report
from skwbc._ablation_results import blank_failures
from skwbc._ablation_siblings import can_be_compared
from skwbc._ablation_splits import PUBLISHED
from skwbc._ablation_tables import arrange_table, describe_limits
from skwbc._ablation_verdict import tell_verdict
from skwbc._types import PathLike


class StudyReadings:
    """The methods of :class:`AblationStudy` that read its results; none changes anything."""

    protocol: str
    arms_: dict[str, Any]
    image_shape_: tuple[int, ...] | None
    results_: pd.DataFrame
    failures_: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Arrange the scores for reading.

        Returns
        -------
        DataFrame
            A row for each arm and model, means over the splits: the accuracy on real training,
            validation and test images, the 95 % interval of the last (Wilson's for one split,
            that of :meth:`intervals` for more), balanced accuracy and macro-F1 of the test images,
            the number of training images with the synthetic ones, and the seconds that the
            classifier took. The last row, "constant guess", names the most frequent class of the
            test images every time; ``attrs["majority_rate"]`` is its accuracy. Under the
            published protocol also: the share of synthetic images among those tested on, the
            accuracy on these and on the real ones, and of the latter the interval and the balanced
            accuracy; the constant guess is one for the real images.
        """
        check_is_fitted(self, "results_")
        return arrange_table(self)

    def intervals(self) -> pd.DataFrame:
        """Compute scores of the pooled test predictions, and how far chance may have moved them.

        Returns
        -------
        DataFrame
            By arm, model and score ("accuracy", "balanced_accuracy", "macro_f1"): "value", over
            the test images of all splits at once, and "low" and "high", the 95 % interval of a
            bootstrap that draws images with replacement, those of one group as a whole. It is for
            other images, not for other trainings.
        """
        check_is_fitted(self, "results_")
        return compute_intervals(self)

    def compare(self, baseline: str = "original") -> pd.DataFrame:
        """Compare each arm with one of them, split by split.

        Parameters
        ----------
        baseline : str, default="original"
            An arm.

        Returns
        -------
        DataFrame
            By score, model and arm, on the splits in which neither fit failed: "difference", the
            mean of the arm minus `baseline`; "low", "high" and "p" of the corrected resampled
            t-test [1]_; "n_folds"; "smallest_difference", which this study would have found four
            times in five; and "p_adjusted" by Holm's method [2]_ for the number of arms. From one
            split nothing but the difference is known; the rest is NaN.

        Raises
        ------
        ValueError
            If there is no such arm, or under the published protocol.

        References
        ----------
        .. [1] C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning
           52, 2003.
        .. [2] S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
           Journal of Statistics 6, 1979.
        """
        check_is_fitted(self, "results_")
        if self.protocol == PUBLISHED:
            raise ValueError(
                "Under the published protocol arms are tested on different images, so that their "
                "scores can't be subtracted. Fit with protocol='honest' to compare arms."
            )
        if baseline not in self.arms_:
            raise ValueError(f"Expected one of the arms {list(self.arms_)}, received {baseline!r}.")
        compared = copy(self)
        compared.results_ = blank_failures(self.results_, self.failures_)
        return compare_arms(compared, baseline)

    def class_table(self) -> pd.DataFrame:
        """Tell how well each class is found.

        Returns
        -------
        DataFrame
            By arm, model and class, over the test images of all splits: "precision" and "recall"
            with the ends of Wilson's 95 % intervals, "images" and "predictions". Repeats make no
            interval narrower: an image that was tested three times counts once there.
        """
        check_is_fitted(self, "results_")
        return tabulate_classes(self)

    def verdict(self) -> list[str]:
        """Say in plain words whether synthetic images helped.

        Returns
        -------
        list of str
            For each arm with a sampler, and each model, the difference in balanced accuracy from
            "augmented copies" (or "traditional", or the first arm, whichever is there) with its
            interval, and whether that can be told from chance: at the 5 % level, adjusted for the
            number of arms, and from 5 splits on. Under the published protocol, for each arm and
            model, what its accuracy is made of.
        """
        check_is_fitted(self, "results_")
        return tell_verdict(self)

    def limits(self) -> list[str]:
        """Say in sentences what the table can't tell.

        Returns
        -------
        list of str
            What is scored, whether near-duplicates could be looked for, the constant guess, the
            width of an interval, the time of the samplers, what failed.
        """
        check_is_fitted(self, "results_")
        first, *others = describe_limits(self)
        return [first, *self._tell_of_copies(), *others]

    def _tell_of_copies(self):
        """Say that near-duplicates could not be looked for, if that is so."""
        if can_be_compared(self.image_shape_):
            return []
        return [
            "Near-duplicates could not be looked for, only rows that are equal: the images are "
            "flat, or of one line, and no model or sampler has their `image_shape`."
        ]

    def report(self, path: PathLike) -> list[Path]:
        """Write the results to a folder.

        A file appears when all of it is written, and replaces one of the same name.

        Parameters
        ----------
        path : str or path-like
            The folder; made if it is not there.

        Returns
        -------
        list of Path
            ``report.html`` (one file that needs no network: verdict, tables, figures, settings),
            ``report.md`` (verdict, table and limits), ``results.csv`` (`results_`),
            ``predictions.csv`` (`predictions_`), ``results.json`` (settings, versions, machine,
            splits, reports, confusion matrices, histories) and, in ``figures``,
            ``differences.png``, ``confusion.png``, ``curves.png``, ``synthetic.png``,
            ``nearest.png`` and ``classes.png``.

        Raises
        ------
        OSError
            If a file can't be written; those before it in the list are complete.
        """
        check_is_fitted(self, "results_")
        return write_report(self, path)
