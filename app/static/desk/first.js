// Runs before the page is drawn: says that scripts work, and tells the server the reader's time zone.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
try {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes("zone=")) {
    document.cookie = `zone=${encodeURIComponent(zone)};path=/;max-age=31536000;samesite=strict`;
  }
} catch {
  // Without a zone the page shows UTC and says so.
}
