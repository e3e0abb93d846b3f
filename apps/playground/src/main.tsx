import '@fontsource-variable/inter';
import '@fontsource-variable/source-serif-4';
import './style/page.css';
import './style/controls.css';
import './style/pictures.css';
import './style/play.css';
import { render } from 'preact';
import { startPage } from './run/actions.js';
import { App } from './view/App.js';

startPage();
const root = document.getElementById('page');
if (root) render(<App />, root);
