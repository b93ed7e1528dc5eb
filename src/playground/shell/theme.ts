// Light or dark: as the reader's system says, or as the reader says here.

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'backproof-theme';

export function savedTheme(): Theme {
  try {
    const saved = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === saved) ?? 'system';
  } catch {
    return 'system'; // this browser keeps nothing
  }
}

export function applyTheme(theme: Theme): void {
  document.documentElement.style.colorScheme = theme === 'system' ? '' : theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // then it holds for this visit
  }
}
