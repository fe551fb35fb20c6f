"""A training that stopped, as plain arrays, and how it goes on."""


def save_game(model):
    """Copy all values of an adversarial model.

    Parameters
    ----------
    model : ConditionalAdversarialModel
        Compiled.

    Returns
    -------
    list of ndarray
        What :func:`restore_game` needs.
    """
    return [variable.numpy() for variable in _list_variables(model)]


def restore_game(model, values):
    """Give an adversarial model of the same settings the values of another.

    Parameters
    ----------
    model : ConditionalAdversarialModel
        Compiled; its learning rates stay, and its augmentation, unless that adapts.
    values : list of ndarray
        From :func:`save_game`.
    """
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    rates = [float(optimizer.learning_rate) for optimizer in optimizers]
    augmentation = float(model.augmentation)
    for variable, value in zip(_list_variables(model), values, strict=True):
        variable.assign(value)
    if not model.adapts:
        model.augmentation.assign(augmentation)
    for optimizer, rate in zip(optimizers, rates, strict=True):
        optimizer.learning_rate = rate


def _list_variables(model):
    networks = model.generator, model.discriminator, model.averaged
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    of_parts = [variable for part in (*networks, *optimizers) for variable in part.variables]
    return [*of_parts, model.augmentation, model.n_seen]
