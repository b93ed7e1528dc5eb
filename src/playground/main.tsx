// The page that needs no installation: draws the shell, and keeps the page for the next visit.
import { render } from 'preact';
import { keepForOffline } from './shell/offline.ts';
import { Shell } from './shell/shell.tsx';
import { applyTheme, savedTheme } from './shell/theme.ts';

applyTheme(savedTheme());
const place = document.getElementById('page');
if (place !== null) render(<Shell />, place);
keepForOffline();
