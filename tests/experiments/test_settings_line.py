from experiments.settings_line import settings


def test_numbers_are_named_and_words_and_lists_speak_for_themselves() -> None:
    assert settings({"cost": "cross_entropy", "widths": [64, 32], "learning_rate": 0.4444}) == (
        "cross_entropy, [64, 32], learning_rate 0.444"
    )
    assert settings({"batch_size": 16, "l2": 1e-5}) == "batch_size 16, l2 1e-05"
    assert settings({"biases": True, "widths": []}) == "biases, []"
    assert settings({"biases": False}) == "no biases"
    assert settings({"class_weights": "none"}) == "no class_weights"
    assert settings({"class_weights": "balanced"}) == "class_weights balanced"
    assert settings({"class_weights": {"soon": 2.5}}) == "class_weights soon 2.5"
    assert settings({}) == ""
