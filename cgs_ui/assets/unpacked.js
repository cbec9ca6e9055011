// The JSON of what cgs_ui/charts/packed.py has packed. Stands before the scripts that need it, in one file.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const { body } = new Response(bytes); // not a Blob: that one asks another process of the browser
  return new Response(body.pipeThrough(new DecompressionStream("deflate"))).text();
}

