"""What can be read off a fitted study: tables, tests, sentences, files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skwbc._ablation_compare import compare_arms, compute_intervals, tabulate_classes
from skwbc._ablation_limits import describe_limits
from skwbc._ablation_names import PUBLISHED
from skwbc._ablation_report import write_report
from skwbc._ablation_tables import arrange_table
from skwbc._ablation_verdict import choose_reference, tell_verdict
from skwbc._types import PathLike


class StudyReadings:
    """The methods of :class:`AblationStudy` that read its results; none changes anything."""

    protocol: str
    arms_: dict[str, Any]

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
            Bayesian bootstrap [1]_ that gives random weights to images, one to those of a group,
            with Jeffreys' prior [2]_ of shares. It is for other images, not for other trainings.

        References
        ----------
        .. [1] D. B. Rubin, "The Bayesian Bootstrap", The Annals of Statistics 9, 1981.
        .. [2] L. D. Brown, T. T. Cai and A. DasGupta, "Interval Estimation for a Binomial
           Proportion", Statistical Science 16, 2001.
        """
        check_is_fitted(self, "results_")
        return compute_intervals(self)

    def compare(self, baseline: str | None = None) -> pd.DataFrame:
        """Compare each arm with one of them, split by split.

        Parameters
        ----------
        baseline : str, default=None
            An arm. By default what a GAN has to beat: "augmented copies", or "traditional", or the
            first arm, whichever is there.

        Returns
        -------
        DataFrame
            By score, model and arm, on the splits in which neither fit failed and, for balanced
            accuracy and macro-F1, every class is tested: "difference", the mean of the arm minus
            `baseline`; "low", "high" and "p" of the corrected resampled t-test [1]_; "n_folds";
            "p_adjusted" by Holm's method [2]_ for the number of arms and models; and
            "smallest_difference", which this study would have found four times in five among as
            many. Splits that test the same images count once. From one split nothing but
            the difference is known; the rest is NaN. So is the smallest difference where all splits
            have the same. ``attrs["baseline"]`` names the arm.

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
        baseline = choose_reference(self.arms_) if baseline is None else baseline
        if baseline not in self.arms_:
            raise ValueError(f"Expected one of the arms {list(self.arms_)}, received {baseline!r}.")
        table = compare_arms(self, baseline)
        table.attrs["baseline"] = baseline
        return table

    def class_table(self) -> pd.DataFrame:
        """Tell how well each class is found.

        Returns
        -------
        DataFrame
            By arm, model and class, over the test images of all splits: "precision" and "recall"
            with the ends of Wilson's 95 % intervals [1]_, "images" and "predictions". Repeats make
            no interval narrower: an image that was tested three times counts once there, and so do
            the images of a group, by the effective number of Kish [2]_.

        References
        ----------
        .. [1] E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
           Journal of the American Statistical Association 22, 1927.
        .. [2] L. Kish, "Survey Sampling", Wiley, 1965.
        """
        check_is_fitted(self, "results_")
        return tabulate_classes(self)

    def verdict(self) -> list[str]:
        """Say in plain words whether synthetic images helped.

        Returns
        -------
        list of str
            For each arm with a sampler (or for all, if none has one), and each model, the
            difference in balanced accuracy from the arm that is the same without the sampler, and
            from "augmented copies" (or "traditional", or the first arm, whichever is there), each
            with its interval, and whether that can be told from chance: at the 5 % level, adjusted
            for the number of these sentences, and from 5 splits on. The difference in accuracy
            stands beside it: a model may win the one and lose the other. The last sentence, from
            two splits on, names the arms that :meth:`compare` alone tells of. Under the published
            protocol, for each arm and model, what its accuracy is made of.
        """
        check_is_fitted(self, "results_")
        return tell_verdict(self)

    def limits(self) -> list[str]:
        """Say in sentences what the table can't tell.

        Returns
        -------
        list of str
            What is scored, whether near-duplicates could be looked for, the constant guess, the
            width of an interval, the time of the samplers, whose seconds hold a search, what
            failed.
        """
        check_is_fitted(self, "results_")
        return describe_limits(self)

    def report(
        self,
        path: PathLike,
        *,
        notes: str | Sequence[str] = (),
        names: Sequence[str] | None = None,
    ) -> list[Path]:
        """Write the results to a folder.

        A file appears when all of it is written, and replaces one of the same name. Of one arm
        there is no ``differences.png``, and without synthetic images no ``nearest.png``: those of
        an earlier report are removed.

        Parameters
        ----------
        path : str or path-like
            The folder; made if it is not there.
        notes : str or sequence of str, default=()
            A sentence, or several, that the study can't know, such as what the images are. HTML,
            Markdown and JSON have them before those of :meth:`limits`.
        names : sequence of str of length n_images, default=None
            Names of the images, such as their files, by which near-duplicates are listed, and
            which ``predictions.csv`` has in a column "file", empty for synthetic images. By default
            there are rows alone.

        Returns
        -------
        list of Path
            ``report.html`` (one file that needs no network: verdict, tables, figures, settings),
            ``report.md`` (verdict, table, differences, limits, intervals and, of a search, the
            chosen parameters), ``results.csv`` (`results_`),
            ``predictions.csv`` (`predictions_`), ``results.json`` (settings, versions, machine,
            splits, intervals, reports, confusion matrices, histories) and, in ``figures``,
            ``differences.png``, ``confusion.png``, ``curves.png``, ``synthetic.png``,
            ``nearest.png`` and ``classes.png``.

        Raises
        ------
        ValueError
            If there are more or fewer `names` than images.
        OSError
            If a file can't be written; those before it in the list are complete.
        """
        check_is_fitted(self, "results_")
        notes = [notes] if isinstance(notes, str) else notes
        return write_report(self, path, notes=notes, names=names)
