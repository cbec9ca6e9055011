// The JSON of what cgs_ui/charts/packed.py has packed. Stands before the scripts that need it, in one file.
async function unpacked(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place++) bytes[place] = letters.charCodeAt(place);
  const { body } = new Response(bytes); // not a Blob: that one asks another process of the browser
  return new Response(body.pipeThrough(new DecompressionStream("deflate"))).text();
}

