"""How the property tests run: the same examples every time, and however long a busy machine needs."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "chainrule", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("chainrule")
