// Passkeys: a button asks the device for a credential, and its form takes it to the server. Without this module, or in a
// browser that can't, there are codes.
import { part, wordsOf } from "./parts.js";

/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form[data-passkey]");
if ("PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential)
  for (const form of forms) {
    const { passkey, options, failed } = wordsOf(form);
    const said = part(form, "[role=alert]", HTMLElement);
    let asking = false; // a device is asked one thing at a time, and answers a second one with an error
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (asking) return;
      asking = true;
      said.textContent = "";
      try {
        const asked = JSON.parse(options);
        const credential =
          passkey === "create"
            ? await navigator.credentials.create({
                publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked),
              })
            : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
        if (!(credential instanceof PublicKeyCredential)) throw new Error("no passkey");
        part(form, '[name="credential"]', HTMLInputElement).value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch {
        said.textContent = failed;
      } finally {
        asking = false;
      }
    });
  }
