// Send the bytes of one announced file as they are, and say what became of them.
const csrf = document.querySelector("meta[name=csrf-token]").content;
const field = document.querySelector("[data-send-to]");
const told = document.querySelector("[data-told]");

field?.addEventListener("change", async () => {
  const [file] = field.files;
  if (!file) return;
  field.disabled = true;
  told.textContent = `Sending ${file.name} …`;
  try {
    const answer = await fetch(field.dataset.sendTo, { method: "PUT", headers: { "Content-Type": "application/octet-stream", "X-CSRFToken": csrf }, body: file });
    const said = await answer.json();
    told.textContent = answer.ok ? `Stored. SHA-256 ${said.sha256}, entry ${said.position} of the custody chain.` : said.error.message;
    if (!answer.ok) field.disabled = false;
  } catch {
    told.textContent = "The connection ended before the file did. Nothing of it was kept; choose it again.";
    field.disabled = false;
  }
});
