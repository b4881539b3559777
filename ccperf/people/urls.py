from django.urls import path

from ccperf.people import views, views_teams

app_name = "people"
urlpatterns = [
    path("admin-area/", views.person_list, name="person-list"),
    path("admin-area/people/invite/", views.person_invite, name="person-invite"),
    path("admin-area/people/<int:pk>/", views.person_edit, name="person-edit"),
    path("admin-area/people/<int:pk>/roles/", views.person_roles, name="person-roles"),
    path("admin-area/people/<int:pk>/move/", views.person_move, name="person-move"),
    path("admin-area/people/<int:pk>/leave/", views.person_leave, name="person-leave"),
    path("admin-area/people/<int:pk>/span/", views.span_give, name="span-give"),
    path("admin-area/people/<int:pk>/account/", views.account_open, name="account-open"),
    path("admin-area/people/<int:pk>/invitation/", views.invitation_send, name="invitation-send"),
    path("admin-area/people/<int:pk>/deactivate/", views.account_deactivate, name="account-deactivate"),
    path("admin-area/people/<int:pk>/reactivate/", views.account_reactivate, name="account-reactivate"),
    path("admin-area/moves/<int:pk>/withdraw/", views.move_withdraw, name="move-withdraw"),
    path("admin-area/spans/<int:pk>/end/", views.span_end, name="span-end"),
    path("admin-area/teams/", views_teams.team_list, name="team-list"),
    path("admin-area/sites/new/", views_teams.site_create, name="site-create"),
    path("admin-area/teams/new/", views_teams.team_create, name="team-create"),
    path("admin-area/teams/<int:pk>/", views_teams.team_edit, name="team-edit"),
    path("admin-area/teams/<int:pk>/leader/", views_teams.leader_appoint, name="leader-appoint"),
    path("admin-area/teams/<int:pk>/close/", views_teams.team_close, name="team-close"),
    path("admin-area/leaderships/<int:pk>/end/", views_teams.leadership_end, name="leadership-end"),
    path("delegations/", views_teams.delegation_list, name="delegation-list"),
    path("delegations/new/", views_teams.delegation_create, name="delegation-create"),
    path("delegations/<int:pk>/end/", views_teams.delegation_end, name="delegation-end"),
]
