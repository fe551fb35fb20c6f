"""The fits of a study: done one by one, or found in its folder; and what came out of them."""

import functools
import tempfile
from contextlib import contextmanager

import numpy as np
from joblib import Memory
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.utils.validation import check_memory

from skwbc._ablation_fit import INNER_FOLDS, evaluate_split
from skwbc._ablation_mixture import evaluate_mixture
from skwbc._ablation_names import HONEST, ONLY, PUBLISHED
from skwbc._ablation_results import (
    blank_class_means,
    choose_shown_fits,
    collect_fallbacks,
    count_fallbacks,
    list_shown_rows,
    name_samplers,
    refuse_failure_of_all,
    score_constant_guess,
    search_nearest_examples,
    sum_sampler_seconds,
    tabulate_failures,
    tabulate_predictions,
    tabulate_results,
    take_real_examples,
    take_synthetic_examples,
)
from skwbc._ablation_run import find_evaluations, plan_tasks, run_tasks
from skwbc._ablation_settings import use_tuples
from skwbc._ablation_store import FitStore, as_folder, describe_origin, own_folder
from skwbc._versions import read_versions

CACHE_FORMAT = 2  # raised when other things are cached: times of before are not found then
SAMPLER_BYTES = 20 * 2**20  # of a fitted GAN in the cache


class StudyFits:
    """The methods of :class:`AblationStudy` that do its fits and keep what came out."""

    def _run(self, X, y, splits, seed):
        """Do all fits, or find them in the folder."""
        folder = as_folder(self.folder)
        origin = describe_origin(X, y)
        budget = self.budget if self.protocol == HONEST else "steps"  # which changes nothing there
        plan = functools.partial(
            plan_tasks,
            self.models_,
            self.arms_,
            splits,
            param_grid=self.param_grid,
            seed=seed,
            dependencies=(budget, origin["data"]),
        )
        if self.resume == ONLY:
            return self._find(plan, folder, origin)
        store = FitStore(folder, self.resume)
        tasks = plan(memory=None, versions=origin["versions"])  # a cache needs the folder first
        missing = [task.fit for task in tasks if not store.is_done(task.key)]
        n_bytes = self._estimate_bytes(X, missing)
        with own_folder(folder, n_bytes), self._open_memory(folder) as memory:
            tasks = plan(memory=memory, versions=origin["versions"])
            self.origin_ = store.keep_origin(origin, [task.key for task in tasks])
            self._begin()
            return run_tasks(
                tasks,
                evaluate_split if self.protocol == HONEST else evaluate_mixture,
                X,
                y,
                self.groups_,
                self.classes_,
                store=store,
                n_jobs=self.n_jobs,
                verbose=self.verbose,
                study=self,
                memory=memory,
                budget=self.budget,
                error_score=self.error_score,
            )

    def _begin(self):
        """Do nothing; the command line keeps its command, once no other study has the folder."""

    def _find(self, plan, folder, origin):
        """Find all fits in the folder, with whatever versions they were done."""
        if folder is None:
            raise ValueError("Expected a folder with resume='only', received folder=None.")
        store = FitStore(folder, self.resume)
        self.origin_ = store.read_origin()
        store.check_data(self.origin_, origin)
        return find_evaluations(plan(memory=None, versions=self.origin_["versions"]), store)

    def _estimate_bytes(self, X, fits):
        """Guess what fits will add to the cache in the folder: samplers and their images."""
        if not self._keeps_cache():
            return 0
        samplers = name_samplers(self.arms_)
        images = {fit: () if self.protocol == PUBLISHED else (fit.repeat, fit.fold) for fit in fits}
        trained = {(samplers[fit.arm], images[fit]) for fit in fits if fit.arm in samplers}
        n_samplers = len(trained) * (1 + (INNER_FOLDS if self.param_grid else 0))
        n_images = len(self.classes_) * (self.samples_per_class or 0) + len(X)
        n_bytes = n_images * self.n_features_in_ * np.asarray(X[:1]).dtype.itemsize
        return n_samplers * (n_bytes + SAMPLER_BYTES)

    def _keeps_cache(self):
        """Tell whether the cache is in the folder, if there is one, and not the user's."""
        return self.resume and getattr(check_memory(self.memory), "location", "") is None

    @contextmanager
    def _open_memory(self, folder):
        """Give the user's cache, one in the folder, or a temporary one."""
        memory = check_memory(self.memory)
        if getattr(memory, "location", "") is not None:
            yield memory
        elif folder is not None and self._keeps_cache():
            versions = read_versions()  # what older code of the package drew is not found
            name = f"skwbc-{versions['skwbc']}-keras-{versions['keras']}-{CACHE_FORMAT}"
            yield Memory(folder / "cache" / name, verbose=0)
        else:
            with tempfile.TemporaryDirectory(prefix="skwbc-") as temporary:
                yield Memory(temporary, verbose=0)

    def _keep(self, evaluations, X, y):
        """Turn what each fit did into the attributes of the study."""
        refuse_failure_of_all(evaluations)
        done = {fit: e for fit, e in evaluations.items() if not e.error}
        samplers = name_samplers(self.arms_)
        train = self.splits_[0].train if self.splits_ else np.arange(len(y))
        self.failures_ = tabulate_failures(evaluations)
        self.predictions_ = tabulate_predictions(done, self.classes_, len(y))
        results = tabulate_results(
            evaluations,
            samplers,
            self.error_score,
            shares_samplers=self.protocol == PUBLISHED,
        )
        self.results_ = blank_class_means(results, self.predictions_, len(self.classes_))
        self.histories_ = {fit: e.history for fit, e in done.items()}
        self.best_epochs_ = {fit: e.best_epoch for fit, e in done.items()}
        chosen = {fit: use_tuples(e.best_params) for fit, e in done.items()}
        self.best_params_ = {fit: params for fit, params in chosen.items() if params}
        self.sampler_seconds_ = sum_sampler_seconds(self.results_, samplers)
        self.fallback_ = collect_fallbacks(done, samplers, self.classes_)
        self.fallback_counts_ = count_fallbacks(done, samplers, self.classes_)
        self.real_ = take_real_examples(X, y, train, self.classes_, self.image_shape_, done)
        shown = choose_shown_fits(done, samplers)
        self.synthetic_ = take_synthetic_examples(done, shown, self.classes_)
        shown_rows = list_shown_rows(shown, self.splits_, len(y))
        self.nearest_ = search_nearest_examples(self.synthetic_, X, y, shown_rows, self.arms_)
        by_fit = self.predictions_.groupby(["arm", "model"], sort=False)
        pairs = {fit: (rows["true"], rows["predicted"]) for fit, rows in by_fit}
        self.reports_ = {
            fit: classification_report(*pair, output_dict=True, zero_division=0)
            for fit, pair in pairs.items()
        }
        self.confusion_matrices_ = {
            fit: confusion_matrix(*pair, labels=self.classes_) for fit, pair in pairs.items()
        }
        self.majority_rate_ = score_constant_guess(self.predictions_)[1]["accuracy"]
