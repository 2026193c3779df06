/* Colours a %%runware cell as Markdown, and the {{ }} in it as Python, in JupyterLab 4 and Notebook 7.
 *
 * Front ends load this file as it stands: it is a module container as webpack builds them, but written by hand. All
 * modules and languages are the front end's own. Whatever fails, cells look as they do without this file.
 */
(() => {
  "use strict";
  const NAME = "runware-magic";
  // Comments may stand above the line, as in runware_magic/ipython/shell_hooks.py; a question mark asks for help.
  const HEAD = /^(?:[^\S\n]*(?:#.*)?\n)*[^\S\n]*%%runware(?![\w.?])/;
  const HEAD_LINE = /^\s*%%runware(?![\w.?])/;
  const HEAD_LONGEST = 4000; // characters: limits what each key press looks at
  // As in runware_magic/prompt/template.py.
  const VALUE_LONGEST = 2000;
  const RAW = /\s--raw(?:\s|$)/;
  const FORMAT = /(?:![rsa])?(?::[^{}()[\]"']*)?\s*$/;
  // Parsers take these for names like any other, and front ends colour them apart.
  const BUILTINS = new Set(
    `abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile
    complex delattr dict dir divmod enumerate eval exec filter float format frozenset getattr globals hasattr
    hash help hex id input int isinstance issubclass iter len list locals map max memoryview min next object
    oct open ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum
    super tuple type vars zip`.split(/\s+/),
  );
  // Python's names have no colour of their own, and must not get that of a heading or a string around them.
  const PLAIN = { color: "var(--jp-content-font-color1, inherit)", fontWeight: "normal", fontStyle: "normal" };

  let scope;
  let failed = false;

  function fail(error) {
    if (!failed) console.warn(`${NAME}: %%runware cells keep Python's colours.`, error);
    failed = true;
  }

  /** Return a function that returns `otherwise` in place of raising an error. */
  function guarded(work, otherwise) {
    return (...given) => {
      try {
        return work(...given);
      } catch (error) {
        fail(error);
        return otherwise;
      }
    };
  }

  /** Return a module of the front end: the copy that it uses itself, never a second one beside it. */
  async function shared(name) {
    const copies = scope[name] ?? {};
    const newestLast = Object.keys(copies).sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    const version = newestLast.find((each) => copies[each].loaded) ?? newestLast.pop();
    if (version === undefined) throw new Error(`The front end has no ${name}.`);
    return (await copies[version].get())();
  }

  // After a failure no cell is a prompt, so each gets Python's colours back with the next change.
  const isPrompt = (text) => !failed && HEAD.test(text.slice(0, HEAD_LONGEST));
  const isPromptDoc = (doc) => isPrompt(doc.sliceString(0, HEAD_LONGEST));

  /** Return where the value that begins with {{ at `start` ends, or -1. */
  function valueEnd(text, start) {
    const stop = Math.min(text.length, start + VALUE_LONGEST);
    let depth = 0;
    let quote = "";
    for (let at = start + 2; at < stop; at++) {
      const char = text[at];
      if (char === "\\") at++;
      else if (quote) quote = char === quote ? "" : quote;
      else if (char === '"' || char === "'") quote = char;
      else if ("([{".includes(char)) depth++;
      else if (depth && ")]}".includes(char)) depth--;
      else if (text.startsWith("}}", at)) return at + 2;
    }
    // No Python, such as an unclosed quote: as far as the eye takes it to reach.
    const end = text.indexOf("}}", start + 2);
    return end < 0 || end > stop ? -1 : end + 2;
  }

  /** Return the beginnings and ends of the values in a text. */
  function valuesIn(text) {
    const found = [];
    let at = 0;
    while ((at = text.indexOf("{{", at)) >= 0) {
      const end = text[at - 1] === "\\" ? -1 : valueEnd(text, at);
      if (end > 0) found.push([at, end]);
      at = end > 0 ? end : at + 2;
    }
    return found;
  }

  /** Return Lab's Markdown, to which the head is a block of its own, and a value a word without marks. */
  function promptMarkdown(markdown, Language) {
    const head = {
      name: "RunwareHead",
      before: "LinkReference",
      parse: guarded((context, line) => {
        if (!HEAD_LINE.test(line.text)) return false;
        context.addElement(context.elt("RunwareHead", context.lineStart, context.lineStart + line.text.length));
        context.nextLine();
        return true;
      }, false),
      endLeaf: guarded((_context, line) => HEAD_LINE.test(line.text), false),
    };
    const value = {
      name: "RunwareValue",
      before: "Escape",
      parse: guarded((context, next, from) => {
        if (next !== 123 || context.char(from + 1) !== 123) return -1; // {{
        const end = valueEnd(context.slice(from, Math.min(context.end, from + VALUE_LONGEST)), 0);
        return end < 0 ? -1 : context.addElement(context.elt("RunwareValue", from, from + end));
      }, -1),
    };
    const parser = markdown.parser.configure({
      defineNodes: [{ name: "RunwareHead", block: true }, { name: "RunwareValue" }],
      parseBlock: [head],
      parseInline: [value],
    });
    return new Language(markdown.data, parser, [], "markdown");
  }

  /** Return what colours the head and the values as Python, over the colours of Markdown. */
  function pythonMarks(python, { Decoration, EditorView, ViewPlugin }, { highlightingFor }, { highlightTree, tags }) {
    const plain = Decoration.mark({ class: "runware-python" });
    const marks = new Map();
    const mark = (names) => marks.get(names) ?? marks.set(names, Decoration.mark({ class: names })).get(names);

    function colour(state, code, at, found) {
      const style = (names) => highlightingFor(state, names);
      const put = (from, to, names) => found.push(mark(names).range(at + from, at + to));
      const tree = python.parser.parse(code);
      highlightTree(tree, { style }, put);
      const builtin = style([tags.standard(tags.variableName)]);
      if (!builtin) return;
      tree.iterate({
        enter({ name, from, to }) {
          if (name === "VariableName" && BUILTINS.has(code.slice(from, to))) put(from, to, builtin);
        },
      });
    }

    function colourValue(state, text, at, found) {
      const braces = highlightingFor(state, [tags.meta]);
      const inner = text.slice(2, -2);
      const indent = inner.length - inner.trimStart().length;
      const format = inner.search(FORMAT);
      colour(state, inner.slice(indent, format), at + 2 + indent, found);
      const rest = at + 2 + Math.max(format, indent);
      if (braces) found.push(mark(braces).range(at, at + 2), mark(braces).range(rest, at + text.length));
    }

    function build(view) {
      const { doc } = view.state;
      const wholes = [];
      const parts = [];
      const head = HEAD.exec(doc.sliceString(0, HEAD_LONGEST));
      if (!head) return { wholes: Decoration.none, parts: Decoration.none };
      const { to: headEnd } = doc.lineAt(head[0].length);
      const raw = RAW.test(doc.sliceString(head[0].length, headEnd));
      wholes.push(plain.range(0, headEnd));
      colour(view.state, doc.sliceString(0, headEnd), 0, parts);
      let done = headEnd;
      for (const { from, to } of raw ? [] : view.visibleRanges) {
        const begin = Math.max(done, from - VALUE_LONGEST);
        const text = doc.sliceString(begin, Math.min(doc.length, to + VALUE_LONGEST));
        for (const [start, end] of valuesIn(text)) {
          wholes.push(plain.range(begin + start, begin + end));
          colourValue(view.state, text.slice(start, end), begin + start, parts);
          done = begin + end;
        }
      }
      return { wholes: Decoration.set(wholes, true), parts: Decoration.set(parts, true) };
    }

    const built = guarded(build, { wholes: Decoration.none, parts: Decoration.none });
    class Marks {
      constructor(view) {
        Object.assign(this, built(view));
      }

      update(update) {
        const restyled = update.transactions.some((each) => each.reconfigured);
        if (update.docChanged || update.viewportChanged || restyled) Object.assign(this, built(update.view));
      }
    }
    const shown = (plugin, which) =>
      EditorView.decorations.of((view) => view.plugin(plugin)?.[which] ?? Decoration.none);
    return [
      // Of marks on the same text, those that come first here are innermost, and theirs is the colour.
      ViewPlugin.fromClass(Marks, { provide: (plugin) => [shown(plugin, "parts"), shown(plugin, "wholes")] }),
      EditorView.baseTheme({ ".runware-python": PLAIN }),
    ];
  }

  /** Return the factory that front ends call for each editor. */
  function factory(asPrompt, { Compartment, EditorState }, EditorExtensionRegistry) {
    return guarded((options) => {
      const { model } = options;
      if (model.type !== "code") return null;
      const compartment = new Compartment();
      // A first line that is typed or deleted changes the colours in the same step.
      const follow = guarded((transaction) => {
        if (!transaction.docChanged) return null;
        if (failed) return { effects: compartment.reconfigure([]) };
        const now = isPromptDoc(transaction.newDoc);
        if (now === (compartment.get(transaction.startState) === asPrompt)) return null;
        return { effects: compartment.reconfigure(now ? asPrompt : []) };
      }, null);
      return EditorExtensionRegistry.createImmutableExtension([
        compartment.of(isPrompt(model.sharedModel.getSource()) ? asPrompt : []),
        EditorState.transactionExtender.of(follow),
      ]);
    }, null);
  }

  async function activate(_app, extensions, languages) {
    try {
      if (!extensions || !languages) return;
      const names = ["@jupyterlab/codemirror", "@codemirror/state", "@codemirror/view", "@codemirror/language"];
      const [codemirror, state, view, language, highlight] = await Promise.all(
        [...names, "@lezer/highlight"].map(shared),
      );
      const mimes = ["text/x-ipythongfm", "text/x-ipython"];
      const [markdown, python] = await Promise.all(mimes.map((mime) => languages.getLanguage(mime)));
      // Else the keys that turn all lines into comments, as one switches a cell off, would write HTML's.
      const comments = state.EditorState.languageData.of(() => [{ commentTokens: { line: "#" } }]);
      const asPrompt = state.Prec.highest([
        comments,
        promptMarkdown(markdown.support.language, language.Language),
        pythonMarks(python.support.language, view, language, highlight),
        view.EditorView.lineWrapping,
      ]);
      const make = factory(asPrompt, state, codemirror.EditorExtensionRegistry);
      extensions.addExtension({ name: `${NAME}:highlighting`, factory: make });
    } catch (error) {
      fail(error);
    }
  }

  async function plugins() {
    try {
      const { IEditorExtensionRegistry, IEditorLanguageRegistry } = await shared("@jupyterlab/codemirror");
      // Optional: pages without editors, such as those of voila, load this file too.
      const optional = [IEditorExtensionRegistry, IEditorLanguageRegistry];
      return [{ id: `${NAME}:highlighting`, autoStart: true, optional, activate }];
    } catch (error) {
      fail(error);
      return [];
    }
  }

  (window._JUPYTERLAB ??= {})[NAME] = {
    init: (given) => {
      scope = given;
    },
    get: async (module) => {
      const found = module === "./extension" ? await plugins() : [];
      return () => ({ __esModule: true, default: found });
    },
  };
})();
