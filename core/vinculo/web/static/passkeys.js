// Passkeys: a form with data-passkey asks the browser for one, and sends what it answers in its field “answer”.
const able = typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
const part = (form, name) => form.querySelector(`[data-part=${name}]`);

function request(form) {
  const options = JSON.parse(form.dataset.options);
  if (form.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

async function ask(form) {
  part(form, "failed").hidden = true;
  try {
    const credential = await request(form);
    form.elements.answer.value = JSON.stringify(credential.toJSON());
  } catch {
    part(form, "failed").hidden = false; // Refused, timed out or none there: the browser does not tell which.
    return;
  }
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  part(form, "unsupported").hidden = able;
  form.querySelector("button").disabled = !able;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
  if (able && "auto" in form.dataset) ask(form);
}
