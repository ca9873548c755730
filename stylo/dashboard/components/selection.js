// The articles that this visitor has selected, in all lists and on all pages: one for the browser's tab.

// Each change has a number, and the server says which one it has seen: what it says before it has seen the last one is
// old. So what is ticked while the server still works is not lost.
class Selection {
  constructor() {
    [this.articles, this.number, this.lists] = [[], 0, new Set()];
  }

  // What Python says.
  take({ number, articles }) {
    if (number < this.number) return;
    this.number = number;
    this.show(articles);
  }

  has(article) {
    return this.articles.includes(article);
  }

  // What a person does.
  set(articles, on, tell) {
    const others = this.articles.filter((each) => !articles.includes(each));
    this.number += 1;
    this.show(on ? [...others, ...articles] : others);
    tell({ number: this.number, articles: this.articles });
  }

  show(articles) {
    this.articles = articles;
    for (const list of this.lists) {
      if (list.isConnected) list.dispatchEvent(new Event("selected"));
      else this.lists.delete(list);
    }
  }
}

const selection = (globalThis.styloSelection ??= new Selection());
