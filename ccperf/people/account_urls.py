"""Addresses of signing in; their names carry no namespace because Django looks for them so."""

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from ccperf.people import views_accounts as views

urlpatterns = [
    path("", views.account, name="account"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordChange.as_view(), name="password_change"),
    path("reset/", login_not_required(views.PasswordReset.as_view()), name="password_reset"),
    path("reset/sent/", login_not_required(auth.PasswordResetDoneView.as_view()), name="password_reset_done"),
    path(
        "set/<uidb64>/<token>/",
        login_not_required(views.PasswordSet.as_view()),
        name="password_reset_confirm",
    ),
    path(
        "set/done/",
        login_not_required(auth.PasswordResetCompleteView.as_view()),
        name="password_reset_complete",
    ),
]
