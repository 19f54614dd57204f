"""What all forms share."""

from typing import Any

from flask import g, request
from flask_wtf import FlaskForm


class Form(FlaskForm):
    """A form that keeps what was typed when its page is shown again; see auth/expired_forms.py."""

    class Meta(FlaskForm.Meta):
        """Where a form takes its values from."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return what the browser sent."""
            return request.form if "expired_form" in g else super().wrap_formdata(form, formdata)
