// Draws the timelines of the fault lab.
const timelines = JSON.parse(document.getElementById('timelines').textContent);

function drawTimelines() {
  for (const figure of document.querySelectorAll('figure[data-timeline]')) {
    const caption = document.createElement('figcaption');
    caption.textContent = timelines[figure.dataset.timeline].title;
    figure.replaceChildren(caption);
  }
}

globalThis.drawing.add(drawTimelines);
