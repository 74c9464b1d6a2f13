"""Every bad value of a user's parameter is refused by name; good ones are converted."""

import math

import pytest

from evophys_lib import parameters
from evophys_lib.errors import EvoPhysError, ParameterError, shown


@pytest.mark.parametrize(
    "value",
    [0, -1, math.nan, math.inf, "ten", 1e9, True, None, "", "nan", "1e9", [10], 0.0499],
)
def test_a_peclet_number_out_of_range_is_refused(value):
    with pytest.raises(ParameterError) as caught:
        parameters.peclet(value)
    assert_helpful(caught.value, "pe", value)


@pytest.mark.parametrize("value", [0.1, 1, 10.0, "10", "1e2", 100])
def test_a_peclet_number_becomes_a_float(value):
    result = parameters.peclet(value)
    assert type(result) is float
    assert result == float(value)


@pytest.mark.parametrize("value", ["lapto", "Laptop", "", None, 1, True, ["laptop"]])
def test_an_unknown_profile_is_refused(value):
    with pytest.raises(ParameterError) as caught:
        parameters.profile_name(value)
    assert_helpful(caught.value, "profile", value)


@pytest.mark.parametrize("value", parameters.PROFILES)
def test_a_profile_is_kept(value):
    assert parameters.profile_name(value) == value


@pytest.mark.parametrize(
    "value", [-1, "-1", 1.0, 0.5, "1.5", math.nan, True, None, 2**31, "²", "", "one"]
)
def test_a_seed_that_is_no_natural_number_is_refused(value):
    with pytest.raises(ParameterError) as caught:
        parameters.seed(value)
    assert_helpful(caught.value, "seed", value)


@pytest.mark.parametrize("value", [0, "0", 7, " 7 ", 2**31 - 1])
def test_a_seed_becomes_an_int(value):
    result = parameters.seed(value)
    assert type(result) is int
    assert result == int(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0-4", (0, 1, 2, 3, 4)),
        ("0,2,5", (0, 2, 5)),
        (" 7 ", (7,)),
        (3, (3,)),
        ("5, 0-2, 1", (0, 1, 2, 5)),
        ("4-4", (4,)),
    ],
)
def test_several_seeds_are_ranges_and_single_numbers(value, expected):
    assert parameters.seeds(value) == expected


@pytest.mark.parametrize(
    "value", ["", "-", "-1", "4-", "4-0", "0,,1", "0-2000000", "1.5", None, "0-1-2"]
)
def test_seeds_that_are_no_numbers_or_ranges_are_refused(value):
    with pytest.raises(ParameterError) as caught:
        parameters.seeds(value)
    assert_helpful(caught.value, "seeds", value)


@pytest.mark.parametrize("value", ["gpu", "cuda:0", "CPU", None, 0, True])
def test_an_unknown_device_is_refused(value):
    with pytest.raises(ParameterError) as caught:
        parameters.device(value)
    assert_helpful(caught.value, "device", value)


@pytest.mark.parametrize("value", parameters.DEVICES)
def test_a_device_is_kept(value):
    assert parameters.device(value) == value


@pytest.mark.parametrize("value", [0.05, 0.1, 1.0, 3.7, 10.0, 200.0])
def test_a_peclet_number_is_read_from_what_names_it(value):
    key = parameters.peclet_key(value)
    assert parameters.is_peclet_key(key) and parameters.peclet(key) == value


@pytest.mark.parametrize(
    "text", ["", "1.0", "0.04", "201", "1e1", "nan", "gasus", " 1"]
)
def test_what_names_no_peclet_number_is_no_key(text):
    assert not parameters.is_peclet_key(text)


@pytest.mark.parametrize("value", [1, 2.5, 10**300])
def test_a_positive_number_is_taken(value):
    parameters.positive("x", value, "")


@pytest.mark.parametrize("value", [0, -1.0, math.nan, math.inf, True, "1", 10**400])
def test_what_is_no_positive_number_is_refused(value):
    with pytest.raises(ParameterError, match="a positive number"):
        parameters.positive("x", value, "")


@pytest.mark.parametrize("value", [1, True, 2.0, "2", None])
def test_what_is_no_whole_number_from_two_is_refused(value):
    parameters.whole("n", 2, 2, "")
    with pytest.raises(ParameterError, match="a whole number from 2"):
        parameters.whole("n", value, 2, "")


def test_a_message_repeats_a_value_in_one_short_line():
    assert shown("x") == "'x'"
    assert shown("x" * 999) == f"'{'x' * 39}…{'x' * 19}' (1001 characters)"
    assert shown(10**5000) == "a number of thousands of digits"


def test_a_parameter_error_can_be_caught_as_what_it_is():
    assert issubclass(ParameterError, EvoPhysError)
    assert issubclass(ParameterError, ValueError)


def assert_helpful(error: ParameterError, name: str, value: object) -> None:
    """One line with the argument, its value, what is allowed and what to do."""
    message = str(error)
    assert message.startswith(f"{name} = {value!r} is not allowed: ")
    assert error.allowed in message
    assert message.endswith(".")
    assert "\n" not in message
