// Number the chosen exhibits anew when one is moved, so that no two stand at the same place.
const rows = document.querySelector("#exhibits tbody");
rows?.addEventListener("change", (event) => {
  if (!event.target.name.startsWith("place-")) return;
  const moved = event.target.closest("tr");
  const wanted = Math.max(1, Number.parseInt(event.target.value, 10) || 1);
  const others = [...rows.children].filter((row) => row !== moved);
  rows.insertBefore(moved, others[wanted - 1] || null);
  [...rows.children].forEach((row, place) => { row.querySelector("[name^=place-]").value = String(place + 1); });
  event.target.focus();
});
