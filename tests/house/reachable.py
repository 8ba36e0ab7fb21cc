"""Pages outside the navigation, and the page that links to them."""

LINKED_FROM = {
    "home.healthz": "monitoring",
    "home.search": "the search field",
    "auth.sign_in": "every page when nobody is signed in",
    "auth.pin_page": "the name tiles",
    "auth.password_page": "the person menu",
    "admin.staff_member": "admin.staff_list",
    "live.stream": "live boards",
    "live.poll": "live boards",
}
